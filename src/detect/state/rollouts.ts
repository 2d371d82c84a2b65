import { at, type ClusterState } from '#src/domain/cluster-state.ts'
import { describeTarget, targetOf } from '#src/domain/target.ts'
import { SECOND, type Sighting, says, sighting } from './check.ts'
import { condition, createdAt, isBehind, presentPodsIn, wantedReplicas, workloadsIn } from './owners.ts'

/**
 * Rollouts that do not get on though no pod says why. Scaled to zero, paused and merely slow ones are none; where
 * anything else is wrong with the workload, this is only its symptom.
 */
export function rolloutFaults(state: ClusterState): readonly Sighting[] {
  return workloadsIn(state).flatMap((workload) => {
    const target = targetOf(workload)
    if (isBehind(workload) || wantedReplicas(workload) === 0) return []
    if (workload.kind === 'DaemonSet') return daemonSetFault(state, workload)
    const progressing = condition(workload, 'Progressing')
    if (progressing?.status !== 'False' || progressing.reason !== 'ProgressDeadlineExceeded') return []
    return [
      sighting({
        reason: 'ProgressDeadlineExceeded',
        target,
        settleMs: 0,
        sentence: `The rollout of ${describeTarget(target)} did not get on within its deadline.`,
        fields: ['spec.progressDeadlineSeconds', 'spec.minReadySeconds', 'spec.strategy'],
        message: progressing.message,
        evidence: [says(workload, progressing.message)],
        since: progressing.since,
        symptomOf: [target],
      }),
    ]
  })
}

/* A selector that matches no node is a common way to switch a DaemonSet off: nothing is wrong then. */
function daemonSetFault(state: ClusterState, workload: Parameters<typeof targetOf>[0]): readonly Sighting[] {
  const target = targetOf(workload)
  const wanted = at(workload, 'status', 'desiredNumberScheduled')
  const ready = at(workload, 'status', 'numberReady')
  if (typeof wanted !== 'number' || typeof ready !== 'number' || ready >= wanted) return []
  const youngest = Math.max(0, createdAt(workload), ...presentPodsIn(state, workload).map(createdAt))
  return [
    sighting({
      reason: 'DaemonSetUnready',
      target,
      severity: 'warning',
      settleMs: 600 * SECOND,
      sentence: `${describeTarget(target)} is ready on ${ready} of ${wanted} nodes.`,
      since: youngest || undefined,
      symptomOf: [target],
    }),
  ]
}
