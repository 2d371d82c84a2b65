import { controllerOf } from '#src/detect/project-pod.ts'
import { at, type ClusterState, objectOf, objectsOf } from '#src/domain/cluster-state.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { ownKey } from '#src/domain/ownership.ts'
import { milliseconds } from '#src/domain/time.ts'

/** A workload with what belongs to it, as the API server's caches would show it. */
export function snapshotIn(state: ClusterState, workload: KubeObject): WorkloadSnapshot {
  const owned = state.owned.get(ownKey(workload)) ?? []
  const pods = owned.filter(({ kind }) => kind === 'Pod')
  const replicaSets = workload.kind === 'Deployment' ? replicaSetsIn(owned) : []
  return { workload, pods, replicaSets }
}

function replicaSetsIn(owned: readonly KubeObject[]): readonly KubeObject[] {
  return owned
    .filter(({ kind }) => kind === 'ReplicaSet')
    .toSorted((a, b) => revisionOf(b) - revisionOf(a) || createdAt(b) - createdAt(a))
}

/** A CronJob's Jobs, newest first. */
export function jobsIn(state: ClusterState, cronJob: KubeObject): readonly KubeObject[] {
  return (state.owned.get(ownKey(cronJob)) ?? [])
    .filter(({ kind }) => kind === 'Job')
    .toSorted((a, b) => createdAt(b) - createdAt(a))
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

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0) || 0
}
