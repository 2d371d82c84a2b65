import { OperatorError } from '#src/domain/errors.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type Applier, type Claim, claimsOf } from './claims.ts'
import { confirm } from './confirm.ts'
import { ARGO, FLUX_HELM, FLUX_KUSTOMIZE, FLUX_SOURCE } from './engine-objects.ts'
import { generatorOf } from './engine-sources.ts'
import { textAt } from './reading.ts'

/** One object by its name. Undefined where there is none; ApiNotFound where there is no such kind. */
export type ReadObject = (ref: {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}) => Promise<KubeObject | undefined>

/** The engines' live objects behind an object. */
export interface ClaimedObjects {
  readonly objects: readonly KubeObject[]
  /** What could not be read, a sentence each. */
  readonly problems: readonly string[]
  /** Argo CD tracks this object by its instance label, as its Application confirms. */
  readonly byLabel: boolean
}

/** Engine objects that were applied by engine objects that …: more levels than people build. */
const MAX_OBJECTS = 20
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  [ARGO]: ['v1alpha1'],
  [FLUX_KUSTOMIZE]: ['v1', 'v1beta2'],
  [FLUX_HELM]: ['v2', 'v2beta2', 'v2beta1'],
  [FLUX_SOURCE]: ['v1', 'v1beta2'],
}
const FLUX_SOURCES: ReadonlySet<string> = new Set([
  'GitRepository',
  'OCIRepository',
  'Bucket',
  'HelmRepository',
  'HelmChart',
  'ExternalArtifact',
])

interface Wanted {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/**
 * Reads, by name alone, the engines' objects that an object's labels and annotations name, what those refer to, and so on
 * up to what nothing else applied. Never a Secret, never a list. Claims are no more than claims here: see `confirm`.
 */
export async function claimedObjects(
  object: KubeObject,
  read: ReadObject,
  controllerNamespace = 'argocd',
): Promise<ClaimedObjects> {
  const found: KubeObject[] = []
  const problems: string[] = []
  const seen = new Set<string>()

  async function get(wanted: Wanted): Promise<KubeObject | undefined> {
    const { group, kind, namespace, name } = wanted
    const identity = `${group}/${kind}/${namespace}/${name}`
    if (seen.has(identity) || seen.size >= MAX_OBJECTS) return undefined
    seen.add(identity)
    for (const version of VERSIONS[group] ?? []) {
      try {
        const got = await read({ apiVersion: `${group}/${version}`, kind, namespace, name })
        if (got !== undefined) found.push(got)
        return got
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error
        if (error.code === 'ApiNotFound' || error.code === 'ApiRejected') continue
        if (error.code !== 'ApiForbidden') throw error
        problems.push(`${kind} ${namespace}/${name} may not be read`)
        return undefined
      }
    }
    return undefined
  }

  async function follow(from: KubeObject, claims: readonly Claim[]): Promise<void> {
    const appliers = claims.flatMap(({ applier }) => wantedOf(applier, controllerNamespace))
    for (const wanted of [...appliers, ...generator(from)]) {
      const got = await get(wanted)
      if (got === undefined) continue
      for (const needed of neededBy(got, controllerNamespace)) {
        const source = await get(needed)
        if (source?.kind === 'HelmChart') for (const each of neededBy(source, '')) await get(each)
      }
      await follow(got, claimsOf(got))
    }
  }

  const claims = claimsOf(object)
  await follow(object, claims)
  if (claims.some(({ engine }) => engine === 'argocd')) return { objects: found, problems, byLabel: false }
  const [label] = claimsOf(object, { trackingMethod: 'label' }).filter(({ engine }) => engine === 'argocd')
  const [wanted] = label === undefined ? [] : wantedOf(label.applier, controllerNamespace)
  // Helm charts set the same label for themselves: it says something only where an Application agrees.
  const application = wanted && (await get(wanted))
  if (label === undefined || application === undefined) return { objects: found, problems, byLabel: false }
  const { apiVersion, kind, metadata } = object
  const target = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name }
  const byLabel = confirm(label, application, target).confirmed
  for (const needed of neededBy(application, controllerNamespace)) await get(needed)
  if (byLabel) await follow(application, claimsOf(application))
  return { objects: found, problems, byLabel }
}

function wantedOf({ kind, namespace, name }: Applier, controllerNamespace: string): readonly Wanted[] {
  switch (kind) {
    case 'Application':
      return [{ group: ARGO, kind, namespace: namespace ?? controllerNamespace, name }]
    case 'Kustomization':
      return [{ group: FLUX_KUSTOMIZE, kind, namespace: namespace ?? '', name }]
    case 'HelmRelease':
      return [{ group: FLUX_HELM, kind, namespace: namespace ?? '', name }]
    case 'Release':
      return []
  }
}

function generator(object: KubeObject): readonly Wanted[] {
  const set = object.kind === 'Application' ? generatorOf(object)?.applicationSet : undefined
  return set === undefined
    ? []
    : [{ group: ARGO, kind: 'ApplicationSet', namespace: set.namespace, name: set.name }]
}

/** What an engine's object refers to: its source, or its project. */
function neededBy(object: KubeObject, controllerNamespace: string): readonly Wanted[] {
  const { spec } = asJson(object)
  if (object.kind === 'Application') {
    const name = textAt(spec, 'project') ?? 'default'
    return [{ group: ARGO, kind: 'AppProject', namespace: controllerNamespace, name }]
  }
  const refs = [['sourceRef'], ['chartRef'], ['chart', 'spec', 'sourceRef']]
  return refs.flatMap((path): readonly Wanted[] => {
    const [kind, name] = [textAt(spec, ...path, 'kind'), textAt(spec, ...path, 'name')]
    if (kind === undefined || name === undefined || !FLUX_SOURCES.has(kind)) return []
    const namespace = textAt(spec, ...path, 'namespace') ?? object.metadata.namespace ?? ''
    return [{ group: FLUX_SOURCE, kind, namespace, name }]
  })
}
