import { assess } from '#src/detect/health.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { faultOf } from '#src/domain/fault.ts'
import type { Remediation, RemediationState } from '#src/domain/remediation.ts'
import { describeTarget, isRepairable } from '#src/domain/target.ts'
import { approvalOf, landing } from './landing.ts'
import type { Observation, Symptom } from './observation.ts'
import { repositoryOf } from './repository-of.ts'
import { reviewOf } from './review.ts'
import type { World } from './world.ts'

type At<P extends RemediationState['phase']> = Extract<RemediationState, { phase: P }>

/** Reads the world for one Remediation: what its phase needs, and no more. Changes nothing. */
export async function observe(world: World, remediation: Remediation): Promise<Observation> {
  const { state } = remediation
  const facts = { remediation, now: world.clock.now() }
  if ('ended' in state || (state.phase === 'Applied' && state.recovered)) return { ...facts, phase: 'Ended' }
  const readable = isRepairable(remediation.target)
  const snapshot = readable ? await world.cluster.snapshot(remediation.target, { events: false }) : undefined
  const symptom = await symptomOf(world, remediation, snapshot)
  switch (state.phase) {
    case 'Diagnosing':
      return { ...facts, phase: 'Diagnosing', symptom }
    case 'Proposed': {
      const { mode } = repositoryOf(world, state.plan.source.repository).spec
      return { ...facts, phase: 'Proposed', symptom, mode, stale: isStale(remediation, snapshot) }
    }
    case 'ReadyForReview': {
      const review = await reviewOf(world, remediation, state)
      const approval =
        review.state === 'merged' ? await approvalOf(world, remediation, state, review.merge) : undefined
      const stale = isStale(remediation, snapshot)
      return { ...facts, phase: 'ReadyForReview', review, approval, symptom, stale }
    }
    case 'Approved':
      return {
        ...facts,
        phase: 'Approved',
        symptom,
        ...(await observeApproved(world, remediation, state, snapshot)),
      }
    case 'Applied': {
      // A workload that is well needs no look at Git to be called recovered.
      if (symptom.state === 'healthy') return { ...facts, phase: 'Applied', symptom, merged: undefined }
      const { merged } = await observeApproved(world, remediation, state, snapshot)
      return { ...facts, phase: 'Applied', symptom, merged }
    }
  }
}

async function observeApproved(
  world: World,
  remediation: Remediation,
  state: At<'Approved'> | At<'Applied'>,
  snapshot: WorkloadSnapshot | undefined,
) {
  const review = await reviewOf(world, remediation, state)
  if (review.state !== 'merged') return { review, merged: undefined, applier: undefined }
  const { merged, applier } = await landing(world, remediation, state, review.merge, snapshot)
  return { review, merged, applier }
}

async function symptomOf(
  world: World,
  remediation: Remediation,
  snapshot: WorkloadSnapshot | undefined,
): Promise<Symptom> {
  const { target, fault } = remediation
  // Nothing is known of how such a thing does; the plan says that it cannot be repaired.
  if (!isRepairable(target)) return { state: 'present', message: fault.message }
  if (snapshot === undefined) return { state: 'gone', message: `${describeTarget(target)} was deleted.` }
  if (await world.cluster.ignored(snapshot.workload)) {
    return { state: 'ignored', message: `${describeTarget(target)} or its namespace asks to be left alone.` }
  }
  const { state, message } = assess(snapshot, fault, world.clock.now(), { settleMs: world.settleRecoveredMs })
  return { state, message }
}

/** The field at fault has another content in the cluster than when the incident began. */
function isStale({ fault, target }: Remediation, snapshot: WorkloadSnapshot | undefined): boolean {
  if (snapshot === undefined) return false
  const { reason, role, container, message } = fault
  return faultOf(snapshot.workload, target, { reason, role, container, message }).key !== fault.key
}
