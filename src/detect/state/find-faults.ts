import { type ClusterState, liveObject, objectOf } from '#src/domain/cluster-state.ts'
import { asksToBeIgnored } from '#src/domain/remediation.ts'
import type { StateFinding } from '#src/domain/state-finding.ts'
import { autoscalingFaults } from './autoscaling.ts'
import type { Sighting, StateCheck } from './check.ts'
import { collapsed } from './collapse.ts'
import { containerFaults, evictions } from './containers.ts'
import { creationFaults } from './creation.ts'
import { disruptionFaults } from './disruption.ts'
import { ingressFaults } from './ingresses.ts'
import { jobFaults } from './jobs.ts'
import { mountFaults } from './mounts.ts'
import { probeFaults } from './probes.ts'
import { rolloutFaults } from './rollouts.ts'
import { schedulingFaults } from './scheduling.ts'
import { serviceFaults } from './services.ts'
import { storageFaults } from './storage.ts'

/** In order: roots before what follows from them. */
export const STATE_CHECKS: readonly StateCheck[] = [
  storageFaults,
  creationFaults,
  schedulingFaults,
  mountFaults,
  containerFaults,
  evictions,
  probeFaults,
  jobFaults,
  serviceFaults,
  ingressFaults,
  autoscalingFaults,
  disruptionFaults,
  rolloutFaults,
]

const EXCLUDED: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'aiops-operator-system',
])

/**
 * Every fault that the objects show, one finding per cause, in the order of the checks. Nothing for what is merely
 * starting, scaling, being deleted, completed, younger than the settle time, annotated to be ignored, or in a namespace
 * of the system. `now` in milliseconds since the epoch.
 */
export function findFaults(state: ClusterState, now: number): readonly StateFinding[] {
  return collapsed(sightingsIn(state, now).filter((it) => isSettled(it, now)))
}

/** Everything that the checks see now, settled or not. */
export function sightingsIn(state: ClusterState, now: number): readonly Sighting[] {
  return STATE_CHECKS.flatMap((check) => check(state, now)).filter((it) => isOurs(state, it))
}

function isSettled({ since, settleMs }: Sighting, now: number): boolean {
  return since === undefined || now - since >= settleMs
}

function isOurs(state: ClusterState, { target }: Sighting): boolean {
  const object = liveObject(state, target)
  const namespace = objectOf(state, 'Namespace', '', target.namespace)
  const ignored = [object, namespace].some((it) => it !== undefined && asksToBeIgnored(it))
  const deleted = [object, namespace].some((it) => it?.metadata.deletionTimestamp !== undefined)
  return !ignored && !deleted && !EXCLUDED.has(target.namespace)
}
