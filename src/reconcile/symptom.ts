import { assess, type Health } from '#src/detect/health.ts'
import type { Sighting } from '#src/detect/state/check.ts'
import { sightingsIn } from '#src/detect/state/find-faults.ts'
import type { ClusterState } from '#src/domain/cluster-state.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { type Fault, isFaultReason } from '#src/domain/fault.ts'
import { asksToBeIgnored, type Remediation } from '#src/domain/remediation.ts'
import { describeTarget, isWorkloadKind, type TargetRef, targetKey } from '#src/domain/target.ts'
import type { Symptom } from './observation.ts'
import type { World } from './world.ts'

/** How the target is doing with regard to the Remediation's own fault, as read now. */
export async function symptomOf(
  world: World,
  remediation: Remediation,
  snapshot: WorkloadSnapshot | undefined,
  ignoredNamespace: boolean,
): Promise<Symptom> {
  const { target, fault } = remediation
  if (snapshot === undefined) return { state: 'gone', message: `${describeTarget(target)} was deleted.` }
  if (ignoredNamespace || asksToBeIgnored(snapshot.workload)) {
    return { state: 'ignored', message: `${describeTarget(target)} or its namespace asks to be left alone.` }
  }
  const settleMs = world.settleRecoveredMs
  if (isFaultReason(fault.reason)) {
    return plain(assess(snapshot, fault, world.clock.now(), { settleMs }))
  }
  return plain(await assessByCheck(world, remediation, snapshot))
}

/**
 * The check that found the fault tells whether it is there: gone means that it has not been reporting it for the settle
 * time, and of a workload also that its rollout is complete.
 */
async function assessByCheck(
  world: World,
  remediation: Remediation,
  snapshot: WorkloadSnapshot,
): Promise<Health> {
  const { target, fault } = remediation
  const now = world.clock.now()
  const settleMs = world.settleRecoveredMs
  const shown = sightingOf(await world.cluster.state(target.namespace), target, fault, now)
  const quietMs = world.quiet.note(remediation, shown !== undefined, now)
  if (shown !== undefined) return { state: 'present', message: shown.sentence }
  if (isWorkloadKind(target.kind) && !WITHOUT_PODS.has(fault.family)) {
    const health = assess(snapshot, fault, now, { settleMs })
    if (health.state !== 'healthy') return health
  }
  const gone = `The check that found ${fault.reason} finds nothing wrong with ${describeTarget(target)}`
  return quietMs >= settleMs
    ? { state: 'healthy', message: `${gone} any more.` }
    : { state: 'recovering', message: `${gone}; it counts as recovered when that stays so.` }
}

/** Faults of a CronJob that show on no pod. */
const WITHOUT_PODS: ReadonlySet<string> = new Set(['schedule'])

/** What the checks see of this very fault now. */
export function sightingOf(
  state: ClusterState,
  target: TargetRef,
  fault: Pick<Fault, 'family' | 'role' | 'container' | 'field'>,
  now: number,
): Sighting | undefined {
  return sightingsIn(state, now).find(
    (it) =>
      it.family === fault.family &&
      it.container === fault.container &&
      it.role === fault.role &&
      targetKey(it.target) === targetKey(target) &&
      (fault.container !== '' || (it.fields[0] ?? '') === fault.field || isWorkloadKind(target.kind)),
  )
}

function plain({ state, message }: Health): Symptom {
  return { state, message }
}
