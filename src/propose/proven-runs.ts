import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { isFaultReason } from '#src/domain/fault.ts'
import { includesJson, isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject, member } from '#src/domain/kube-object.ts'
import { type ContainerRef, containerOf, containerStatusOf, imageOf, objectsIn } from './container-view.ts'

/** A container that provably runs in the cluster now. */
export interface ProvenRun {
  readonly container: JsonObject
  /** Who runs it, for the reviewer: "ReplicaSet web-7c9f (2 available) runs it". */
  readonly evidence: string
}

/**
 * The container as available ReplicaSets (newest revision first) and ready pods (newest first) run it. A ReplicaSet
 * without available replicas proves nothing: its pods may never have started.
 */
export function provenRuns(snapshot: WorkloadSnapshot, ref: ContainerRef): readonly ProvenRun[] {
  const { workload, replicaSets, pods } = snapshot
  const fromReplicaSets = replicaSets
    .filter((replicaSet) => replicaSet.kind === 'ReplicaSet' && mayBelongTo(replicaSet, workload))
    .flatMap((replicaSet) => {
      const available = member(member(asJson(replicaSet), 'status'), 'availableReplicas')
      const container = containerOf(replicaSet, ref)
      if (typeof available !== 'number' || available < 1 || container === undefined) return []
      return [
        { container, evidence: `ReplicaSet ${replicaSet.metadata.name} (${available} available) runs it` },
      ]
    })
  const fromPods = [...pods].sort(newestFirst).flatMap((pod) => {
    const container = containerOf(pod, ref)
    if (container === undefined || !isReady(pod, ref)) return []
    return [{ container, evidence: `Pod ${pod.metadata.name} is ready with it` }]
  })
  return [...fromReplicaSets, ...fromPods]
}

/** The container as pods have it that fail with it now. */
export function failingContainers(snapshot: WorkloadSnapshot, ref: ContainerRef): readonly JsonObject[] {
  return snapshot.pods.flatMap((pod) => {
    const container = containerOf(pod, ref)
    return container !== undefined && isFailing(containerStatusOf(pod, ref)) ? [container] : []
  })
}

export function isImageFailing(snapshot: WorkloadSnapshot, ref: ContainerRef, image: string): boolean {
  return failingContainers(snapshot, ref).some((container) => imageOf(container) === image)
}

/** True when a pod fails with this very image, command, arguments and environment. */
export function isStartFailing(
  snapshot: WorkloadSnapshot,
  ref: ContainerRef,
  restored: JsonObject | undefined,
): boolean {
  return failingContainers(snapshot, ref).some((container) =>
    STARTED_WITH.every((field) => startsAlike(container[field], restored?.[field])),
  )
}

const STARTED_WITH = ['image', 'command', 'args', 'env', 'envFrom', 'workingDir']

/* Pods have what the API server filled in beside what the manifest says. */
function startsAlike(live: Json | undefined, wanted: Json | undefined): boolean {
  const isNone = (value: Json | undefined) => value === undefined || (isArray(value) && value.length === 0)
  return isNone(wanted) || wanted === undefined ? isNone(live) : includesJson(live, wanted)
}

/* A snapshot holds only what the workload controls; where both sides say who they are, they must agree. */
function mayBelongTo(object: KubeObject, workload: KubeObject): boolean {
  const owners = object.metadata.ownerReferences
  const { uid } = workload.metadata
  return owners === undefined || uid === undefined || owners.some((owner) => owner.uid === uid)
}

function isReady(pod: KubeObject, ref: ContainerRef): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false
  const status = pod['status']
  const conditions = objectsIn(isObject(status) ? status : undefined, 'conditions')
  const ready = conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True')
  const container = containerStatusOf(pod, ref)
  const done = member(member(container?.['state'], 'terminated'), 'exitCode') === 0
  return ready && (container?.['ready'] === true || (ref.role === 'init' && done))
}

function isFailing(status: JsonObject | undefined): boolean {
  const reason = member(member(status?.['state'], 'waiting'), 'reason')
  const exitCode = member(member(status?.['state'], 'terminated'), 'exitCode')
  return (
    (typeof reason === 'string' && isFaultReason(reason)) || (typeof exitCode === 'number' && exitCode !== 0)
  )
}

function newestFirst(a: KubeObject, b: KubeObject): number {
  return (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '')
}
