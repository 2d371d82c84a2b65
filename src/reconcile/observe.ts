import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { faultOf } from '#src/domain/fault.ts'
import { isEnded, type Remediation, type RemediationState } from '#src/domain/remediation.ts'
import { isRepairable } from '#src/domain/target.ts'
import { approvalOf, landing } from './landing.ts'
import type { Observation, ReviewState } from './observation.ts'
import { repositoryOf } from './repository-of.ts'
import { reviewOf } from './review.ts'
import { symptomOf } from './symptom.ts'
import type { World } from './world.ts'

type At<P extends RemediationState['phase']> = Extract<RemediationState, { phase: P }>

/** Reads the world for one Remediation: what its phase needs, and no more. Changes nothing. */
export async function observe(world: World, remediation: Remediation): Promise<Observation> {
  const { state } = remediation
  const facts = { remediation, now: world.clock.now() }
  if ('ended' in state || isEnded(remediation)) return { ...facts, phase: 'Ended' }
  // The cluster is read while the forge is asked.
  switch (state.phase) {
    case 'Diagnosing': {
      const { symptom } = await lookAtTarget(world, remediation)
      return { ...facts, phase: 'Diagnosing', symptom }
    }
    case 'Proposed': {
      const { symptom, snapshot } = await lookAtTarget(world, remediation)
      const { mode } = repositoryOf(world, state.plan.source).spec
      return { ...facts, phase: 'Proposed', symptom, mode, stale: isStale(remediation, snapshot) }
    }
    case 'ReadyForReview': {
      const [{ symptom, snapshot }, { review, approval }] = await Promise.all([
        lookAtTarget(world, remediation),
        reviewAndApproval(world, remediation, state),
      ])
      const stale = isStale(remediation, snapshot)
      return { ...facts, phase: 'ReadyForReview', review, approval, symptom, stale }
    }
    case 'Approved': {
      const [{ symptom, snapshot }, review] = await Promise.all([
        lookAtTarget(world, remediation),
        reviewOf(world, remediation, state),
      ])
      const landed = await landedOf(world, remediation, state, review, snapshot)
      return { ...facts, phase: 'Approved', symptom, review, ...landed }
    }
    case 'Applied': {
      const { symptom, snapshot } = await lookAtTarget(world, remediation)
      // A workload that is well needs no look at Git to be called recovered.
      if (symptom.state === 'healthy') return { ...facts, phase: 'Applied', symptom, merged: undefined }
      const review = await reviewOf(world, remediation, state)
      const { merged } = await landedOf(world, remediation, state, review, snapshot)
      return { ...facts, phase: 'Applied', symptom, merged }
    }
  }
}

async function reviewAndApproval(world: World, remediation: Remediation, state: At<'ReadyForReview'>) {
  const review = await reviewOf(world, remediation, state)
  const approval =
    review.state === 'merged' ? await approvalOf(world, remediation, state, review.merge) : undefined
  return { review, approval }
}

async function landedOf(
  world: World,
  remediation: Remediation,
  state: At<'Approved'> | At<'Applied'>,
  review: ReviewState,
  snapshot: WorkloadSnapshot | undefined,
) {
  if (review.state !== 'merged') return { merged: undefined, applier: undefined }
  return landing(world, remediation, state, review.merge, snapshot)
}

/** The target as it is now. */
async function lookAtTarget(world: World, remediation: Remediation) {
  const { target, fault } = remediation
  if (!isRepairable(target)) {
    // Nothing is known of how such a thing does; the plan says that it cannot be repaired.
    return { snapshot: undefined, symptom: { state: 'present', message: fault.message } as const }
  }
  const [snapshot, ignored] = await Promise.all([
    world.cluster.snapshot(target),
    world.cluster.ignoredNamespace(target.namespace),
  ])
  return { snapshot, symptom: await symptomOf(world, remediation, snapshot, ignored) }
}

/** The field at fault has another content in the cluster than when the incident began. */
function isStale({ fault, target }: Remediation, snapshot: WorkloadSnapshot | undefined): boolean {
  if (snapshot === undefined) return false
  const { reason, role, container, message } = fault
  return (
    faultOf(snapshot.workload, target, { reason, role, container, message }, fault.field).key !== fault.key
  )
}
