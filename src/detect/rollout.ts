import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { PodSketch } from './project-pod.ts'

export interface Rollout {
  readonly state: 'complete' | 'progressing'
  /** What it waits for, one sentence. */
  readonly message: string
}

/**
 * Whether every pod that should exist runs the newest template and is available: the conditions of `kubectl rollout
 * status` (kubectl/pkg/polymorphichelpers/rollout_status.go). A workload scaled to zero never completes: nothing runs
 * that could prove anything.
 */
export function rolloutOf(workload: KubeObject, pods: readonly PodSketch[]): Rollout {
  const spec = objectAt(workload['spec'])
  const status = objectAt(workload['status'])
  if (workload.kind === 'CronJob') return cronJob(spec, pods)
  const generation = workload.metadata.generation ?? 0
  if (count(status['observedGeneration']) < generation) {
    return waiting('The controller has not seen the newest change of the workload yet.')
  }
  if (workload.kind === 'Deployment') return deployment(spec, status)
  if (workload.kind === 'StatefulSet') return statefulSet(spec, status)
  if (workload.kind === 'DaemonSet') return daemonSet(status)
  return waiting(`A rollout of kind ${workload.kind} cannot be judged.`)
}

function deployment(spec: JsonObject, status: JsonObject): Rollout {
  const wanted = count(spec['replicas'], 1)
  if (wanted === 0) return scaledToZero()
  const updated = count(status['updatedReplicas'])
  const available = count(status['availableReplicas'])
  if (updated < wanted) {
    const why = spec['paused'] === true ? ' The Deployment is paused.' : stalled(status)
    return waiting(`${updated} of ${wanted} new replicas have been made.${why}`)
  }
  const old = count(status['replicas']) - updated
  if (old > 0) return waiting(`${old} old replicas wait for their end.${stalled(status)}`)
  if (available < updated)
    return waiting(`${available} of ${updated} new replicas are available.${stalled(status)}`)
  return complete()
}

function statefulSet(spec: JsonObject, status: JsonObject): Rollout {
  const wanted = count(spec['replicas'], 1)
  if (wanted === 0) return scaledToZero()
  const ready = count(status['readyReplicas'])
  const updated = count(status['updatedReplicas'])
  const strategy = objectAt(spec['updateStrategy'])
  const partition = count(objectAt(strategy['rollingUpdate'])['partition'])
  const toUpdate = Math.max(0, wanted - partition)
  if (ready < wanted) return waiting(`${ready} of ${wanted} replicas are ready.`)
  if (status['currentRevision'] !== status['updateRevision'] && updated < toUpdate) {
    const why =
      strategy['type'] === 'OnDelete' ? ' Its update strategy is OnDelete: delete the old pods.' : ''
    return waiting(`${updated} of ${toUpdate} replicas have been updated.${why}`)
  }
  return complete()
}

function daemonSet(status: JsonObject): Rollout {
  const wanted = count(status['desiredNumberScheduled'])
  if (wanted === 0) return waiting('No node matches the DaemonSet: none of its pods runs.')
  const updated = count(status['updatedNumberScheduled'])
  const available = count(status['numberAvailable'])
  if (updated < wanted) return waiting(`${updated} of ${wanted} pods have been updated.`)
  if (available < wanted) return waiting(`${available} of ${wanted} updated pods are available.`)
  return complete()
}

/** Judged by the newest Job's pods: one that succeeded, or every container running. */
function cronJob(spec: JsonObject, pods: readonly PodSketch[]): Rollout {
  if (pods.some(({ phase }) => phase === 'Succeeded')) return complete()
  const working = pods.filter(({ phase }) => phase === 'Running')
  if (working.length > 0 && working.every(isRunningWell)) return complete()
  if (spec['suspend'] === true) return waiting('The CronJob is suspended: no run can prove anything.')
  return waiting('The newest Job has not succeeded; the next run will tell.')
}

function isRunningWell(pod: PodSketch): boolean {
  return pod.containers.every(
    ({ state, role }) => state.kind === 'running' || (role === 'init' && state.kind === 'terminated'),
  )
}

/** The deployment controller gave up waiting (condition Progressing=False, ProgressDeadlineExceeded). */
function stalled(status: JsonObject): string {
  const conditions = isArray(status['conditions']) ? status['conditions'].filter(isObject) : []
  const exceeded = conditions.some(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  )
  return exceeded ? ' The rollout exceeded its progress deadline.' : ''
}

function scaledToZero(): Rollout {
  return waiting('The workload is scaled to zero: nothing runs that could show or disprove the fault.')
}

function waiting(message: string): Rollout {
  return { state: 'progressing', message }
}

function complete(): Rollout {
  return { state: 'complete', message: 'The rollout is complete.' }
}

function count(value: Json | undefined, absent = 0): number {
  return typeof value === 'number' ? value : absent
}

function objectAt(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}
