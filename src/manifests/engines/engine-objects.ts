import { groupOf, type KubeObject } from '#src/domain/kube-object.ts'

export const FLUX_KUSTOMIZE = 'kustomize.toolkit.fluxcd.io'
export const FLUX_HELM = 'helm.toolkit.fluxcd.io'
export const FLUX_SOURCE = 'source.toolkit.fluxcd.io'
export const ARGO = 'argoproj.io'

/** Objects to look up by identity; the first of an identity counts, whatever its version. */
export interface EngineObjects {
  find(group: string, kind: string, namespace: string, name: string): KubeObject | undefined
  ofKind(group: string, kind: string): readonly KubeObject[]
}

export function engineObjects(objects: readonly KubeObject[]): EngineObjects {
  const byIdentity = new Map<string, KubeObject>()
  const byKind = new Map<string, KubeObject[]>()
  for (const object of objects) {
    const kind = `${groupOf(object.apiVersion)}/${object.kind}`
    const identity = `${kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`
    if (byIdentity.has(identity)) continue
    byIdentity.set(identity, object)
    const list = byKind.get(kind) ?? []
    list.push(object)
    byKind.set(kind, list)
  }
  return {
    find: (group, kind, namespace, name) => byIdentity.get(`${group}/${kind}/${namespace}/${name}`),
    ofKind: (group, kind) => byKind.get(`${group}/${kind}`) ?? [],
  }
}
