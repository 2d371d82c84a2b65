import { workloadsIn } from '#src/detect/state/owners.ts'
import { list, podSpecIn } from '#src/detect/state/pod-template.ts'
import { at, type ClusterState, objectsOf } from '#src/domain/cluster-state.ts'
import type { Json } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { containersOf, describeTarget, type TargetRef, targetOf } from '#src/domain/target.ts'
import type { KnownReference } from './proposer.ts'

/** A ConfigMap or Secret that Git declares: names and keys. */
export type Declared = Pick<KnownReference, 'kind' | 'name' | 'keys'>

/**
 * ConfigMaps and Secrets of the target's namespace that are known: declared in Git, there in the state (ConfigMaps with
 * their keys, Secrets by name), or referred to by other workloads. One entry per name, with the keys of all mentions.
 */
export function referencesIn(
  state: ClusterState,
  target: TargetRef,
  declared: readonly Declared[],
): readonly KnownReference[] {
  const known = [
    ...declared.map((each): KnownReference => ({ ...each, seenIn: 'git' })),
    ...objectsOf(state, 'ConfigMap', target.namespace).map(configMapReference),
    ...objectsOf(state, 'Secret', target.namespace).map(
      ({ metadata }): KnownReference => ({
        kind: 'Secret',
        name: metadata.name,
        keys: [],
        seenIn: 'the cluster',
      }),
    ),
    ...workloadsIn(state)
      .filter(
        ({ metadata, kind }) =>
          metadata.namespace === target.namespace && !(kind === target.kind && metadata.name === target.name),
      )
      .flatMap(mentionsIn),
  ]
  const byName = new Map<string, KnownReference>()
  for (const reference of known) {
    const id = `${reference.kind}/${reference.name}`
    const before = byName.get(id)
    byName.set(id, {
      ...(before ?? reference),
      keys: [...new Set([...(before?.keys ?? []), ...reference.keys])],
    })
  }
  return [...byName.values()]
}

function configMapReference(configMap: KubeObject): KnownReference {
  const keys = ['data', 'binaryData'].flatMap((part) =>
    Object.keys((at(configMap, part) as object | undefined) ?? {}),
  )
  return { kind: 'ConfigMap', name: configMap.metadata.name, keys, seenIn: 'the cluster' }
}

function mentionsIn(workload: KubeObject): readonly KnownReference[] {
  const seenIn = describeTarget(targetOf(workload))
  const mention = (kind: KnownReference['kind'], name: Json | undefined, key?: Json): KnownReference[] =>
    typeof name === 'string' ? [{ kind, name, keys: typeof key === 'string' ? [key] : [], seenIn }] : []
  const fromContainers = containersOf(workload).flatMap(({ container }) => [
    ...list(container['env']).flatMap(({ valueFrom }) => [
      ...mention(
        'ConfigMap',
        at(valueFrom, 'configMapKeyRef', 'name'),
        at(valueFrom, 'configMapKeyRef', 'key'),
      ),
      ...mention('Secret', at(valueFrom, 'secretKeyRef', 'name'), at(valueFrom, 'secretKeyRef', 'key')),
    ]),
    ...list(container['envFrom']).flatMap((source) => [
      ...mention('ConfigMap', at(source, 'configMapRef', 'name')),
      ...mention('Secret', at(source, 'secretRef', 'name')),
    ]),
  ])
  const fromVolumes = list(podSpecIn(workload)['volumes']).flatMap((volume) => [
    ...mention('ConfigMap', at(volume, 'configMap', 'name')),
    ...mention('Secret', at(volume, 'secret', 'secretName')),
  ])
  return [...fromContainers, ...fromVolumes]
}
