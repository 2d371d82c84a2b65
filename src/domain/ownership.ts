import { type ClusterState, objectOf } from './cluster-state.ts'
import type { KubeObject, OwnerReference } from './kube-object.ts'
import { isWorkloadKind } from './target.ts'

const LONGEST_CHAIN = 4

/**
 * The workload at the end of a chain of controllers, where it is in the state and of a kind that can be repaired. Uids
 * must agree where both sides have one. A ReplicaSet that the state leaves out is passed over by its name's hash.
 */
export function workloadOf(state: Pick<ClusterState, 'byKind'>, object: KubeObject): KubeObject | undefined {
  let here = object
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    const owner = here.metadata.ownerReferences?.find(({ controller }) => controller === true)
    if (owner === undefined) return isWorkloadKind(here.kind) ? here : undefined
    const next = ownerObject(state, here, owner)
    if (next === undefined) return undefined
    here = next
  }
  return undefined
}

/** `Kind/namespace/name`: one text per object of the kinds that own pods or have events. */
export function ownKey({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}

function ownerObject(
  state: Pick<ClusterState, 'byKind'>,
  owned: KubeObject,
  owner: OwnerReference,
): KubeObject | undefined {
  const namespace = owned.metadata.namespace ?? ''
  const found = objectOf(state, owner.kind, namespace, owner.name)
  if (found !== undefined) {
    const { uid } = found.metadata
    return uid === undefined || !owner.uid || uid === owner.uid ? found : undefined
  }
  const hash = owned.metadata.labels?.['pod-template-hash']
  if (owner.kind !== 'ReplicaSet' || hash === undefined || !owner.name.endsWith(`-${hash}`)) return undefined
  return objectOf(state, 'Deployment', namespace, owner.name.slice(0, -hash.length - 1))
}
