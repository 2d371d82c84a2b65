import { controllerOf } from '#src/detect/project-pod.ts'
import { at, type ClusterState, objectOf, objectsOf } from '#src/domain/cluster-state.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { KubeObject, OwnerReference } from '#src/domain/kube-object.ts'
import { isWorkloadKind, type TargetRef } from '#src/domain/target.ts'
import { milliseconds } from '#src/domain/time.ts'

const LONGEST_CHAIN = 4

/**
 * The workload at the end of a chain of controllers, where it is in the state and of a kind that can be repaired. Uids
 * must agree where both sides have one. A ReplicaSet that the state leaves out is passed over by its name's hash.
 */
export function workloadOf(state: ClusterState, object: KubeObject): KubeObject | undefined {
  let here = object
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    const owner = controllerOf(here)
    if (owner === undefined) return isWorkloadKind(here.kind) ? here : undefined
    const next = ownerObject(state, here, owner)
    if (next === undefined) return undefined
    here = next
  }
  return undefined
}

function ownerObject(state: ClusterState, owned: KubeObject, owner: OwnerReference): KubeObject | undefined {
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

/** A workload with what belongs to it, as the API server's caches would show it. */
export function snapshotIn(state: ClusterState, workload: KubeObject): WorkloadSnapshot {
  const { namespace = '' } = workload.metadata
  const pods = objectsOf(state, 'Pod', namespace).filter((pod) => isSame(workloadOf(state, pod), workload))
  const replicaSets = workload.kind === 'Deployment' ? replicaSetsOf(state, workload) : []
  return { workload, pods, replicaSets }
}

function replicaSetsOf(state: ClusterState, deployment: KubeObject): readonly KubeObject[] {
  const { namespace = '' } = deployment.metadata
  return objectsOf(state, 'ReplicaSet', namespace)
    .filter((replicaSet) => isSame(workloadOf(state, replicaSet), deployment))
    .toSorted((a, b) => revisionOf(b) - revisionOf(a) || createdAt(b) - createdAt(a))
}

/**
 * The living pods that the workload's present template made. Older pods of a rollout in progress say nothing about the
 * template as it is; without ReplicaSets or revisions in the state all pods count.
 */
export function presentPodsIn(state: ClusterState, workload: KubeObject): readonly KubeObject[] {
  const snapshot = snapshotIn(state, workload)
  const living = snapshot.pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  if (workload.kind === 'Deployment') {
    const newest = snapshot.replicaSets[0]
    return newest === undefined
      ? living
      : living.filter((pod) => controllerOf(pod)?.name === newest.metadata.name)
  }
  if (workload.kind === 'StatefulSet') {
    const revision = at(workload, 'status', 'updateRevision')
    const label = (pod: KubeObject) => pod.metadata.labels?.['controller-revision-hash']
    return living.filter(
      (pod) => revision === undefined || label(pod) === undefined || label(pod) === revision,
    )
  }
  if (workload.kind === 'DaemonSet') {
    const generation = workload.metadata.annotations?.['deprecated.daemonset.template.generation']
    const label = (pod: KubeObject) => pod.metadata.labels?.['pod-template-generation']
    return living.filter((pod) => generation === undefined || (label(pod) ?? generation) === generation)
  }
  return workload.kind === 'CronJob' ? newestJobPods(state, living) : living
}

/* Older Jobs keep the template they began with. */
function newestJobPods(state: ClusterState, pods: readonly KubeObject[]): readonly KubeObject[] {
  const job = (pod: KubeObject) => {
    const name = controllerOf(pod)?.name ?? ''
    const found = objectOf(state, 'Job', pod.metadata.namespace ?? '', name)
    return { name, born: createdAt(found ?? pod) }
  }
  const newest = pods.map(job).toSorted((a, b) => b.born - a.born)[0]
  return pods.filter((pod) => job(pod).name === newest?.name)
}

/** Every workload of the state that nothing else controls, in a fixed order of kinds. */
export function workloadsIn(state: ClusterState): readonly KubeObject[] {
  return ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job']
    .flatMap((kind) => objectsOf(state, kind))
    .filter((object) => controllerOf(object) === undefined && object.metadata.deletionTimestamp === undefined)
}

/** How many replicas somebody asked for; undefined for kinds that have none. */
export function wantedReplicas(workload: KubeObject): number | undefined {
  if (workload.kind !== 'Deployment' && workload.kind !== 'StatefulSet') return undefined
  const wanted = at(workload, 'spec', 'replicas')
  return typeof wanted === 'number' ? wanted : 1
}

/** True while the controller has not seen the newest change: what the status says is about an older template. */
export function isBehind(workload: KubeObject): boolean {
  const observed = at(workload, 'status', 'observedGeneration')
  const { generation } = workload.metadata
  return typeof observed === 'number' && generation !== undefined && observed < generation
}

export function isReadyPod(pod: KubeObject): boolean {
  return condition(pod, 'Ready')?.status === 'True'
}

export interface Condition {
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly since: number | undefined
}

export function condition(object: KubeObject, type: string): Condition | undefined {
  const list = at(object, 'status', 'conditions')
  const found = Array.isArray(list) ? list.find((item: unknown) => at(item, 'type') === type) : undefined
  if (found === undefined) return undefined
  const text = (key: string) => {
    const value = at(found, key)
    return typeof value === 'string' ? value : ''
  }
  return {
    status: text('status'),
    reason: text('reason'),
    message: text('message'),
    since: milliseconds(at(found, 'lastTransitionTime')),
  }
}

export function createdAt({ metadata }: KubeObject): number {
  return milliseconds(metadata.creationTimestamp) ?? 0
}

export function isSame(a: KubeObject | undefined, b: KubeObject): boolean {
  return (
    a !== undefined &&
    a.kind === b.kind &&
    a.metadata.name === b.metadata.name &&
    (a.metadata.namespace ?? '') === (b.metadata.namespace ?? '')
  )
}

export function sameTarget(a: TargetRef, b: TargetRef): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0) || 0
}
