import type { FieldChange } from '#src/domain/change.ts'
import type { Fault } from '#src/domain/fault.ts'
import { canonicalJson } from '#src/domain/json.ts'
import { isEnded, type Remediation } from '#src/domain/remediation.ts'
import type { TargetRef } from '#src/domain/target.ts'

/** How people and the cluster answered one proposal. */
export interface Remembered {
  /**
   * `accepted` merged as proposed, and the fault was gone · `edited` the same, but people had changed it on the branch ·
   * `rejected` closed, reverted, or merged and no help.
   */
  readonly answer: 'accepted' | 'edited' | 'rejected'
  readonly target: TargetRef
  readonly fault: Pick<Fault, 'key' | 'role' | 'container'>
  readonly shape: string | undefined
  /** What was merged; where nothing was, what was proposed. */
  readonly changes: readonly FieldChange[]
  /** Milliseconds since the epoch: when the fault was seen. */
  readonly at: number
  /** Name of the Remediation that it is remembered by. Deleting that forgets it. */
  readonly by: string
}

/** Looking through more serves nobody. */
const MOST = 200

/**
 * What the Remediations of a namespace remember, newest first. They are the memory: it lives in the cluster, per
 * namespace, and who deletes a Remediation makes us forget. Their status proves nothing, so what is remembered goes
 * through every gate like any other proposal: it needs a ground of its own.
 */
export function rememberedOf(remediations: readonly Remediation[]): readonly Remembered[] {
  return remediations
    .filter(isEnded)
    .flatMap((each) => remembered(each) ?? [])
    .toSorted((a, b) => b.at - a.at)
    .slice(0, MOST)
}

function remembered({ name, target, fault, timeline, state }: Remediation): Remembered | undefined {
  const { plan, applied } = 'ended' in state ? state.ended : { ...NOTHING, ...state }
  if (plan === undefined) return undefined
  const told = {
    ...{ target, fault, at: timeline.detected, by: name },
    shape: plan.faultShape,
    changes: applied?.changes ?? plan.proposal.changes,
  }
  if (state.phase === 'Applied') {
    const isEdited = changesKey(told.changes) !== changesKey(plan.proposal.changes)
    return { ...told, answer: isEdited ? 'edited' : 'accepted' }
  }
  const isRejected =
    state.phase === 'Rejected' ||
    state.phase === 'Reverted' ||
    (state.phase === 'Failed' && state.reason === 'NotRecovered')
  return isRejected ? { ...told, answer: 'rejected' } : undefined
}

const NOTHING = { plan: undefined, applied: undefined }

/** The same for the same changes, in whatever order. */
export function changesKey(changes: readonly FieldChange[]): string {
  return changes
    .map((change) => canonicalJson({ ...change }))
    .toSorted()
    .join('\n')
}
