import type { FieldChange } from '#src/domain/change.ts'
import type { Outcome } from '#src/domain/remediation.ts'
import type { Applier, Observation, Symptom } from './observation.ts'
import type { Step } from './step.ts'

/** All times in milliseconds. */
export interface Patience {
  /** Between two looks at an open pull request or a held change. */
  readonly poll: number
  /** Between two looks at a rollout. */
  readonly recheck: number
  /** From applied until the symptom has to be gone. */
  readonly recovery: number
}

type At<P extends Observation['phase']> = Extract<Observation, { phase: P }>

/** Exactly one step for what is observed. Pure. */
export function decide(observation: Observation, patience: Patience): Step {
  switch (observation.phase) {
    case 'Diagnosing':
      return diagnosing(observation, patience)
    case 'Proposed':
      return proposed(observation, patience)
    case 'ReadyForReview':
      return readyForReview(observation, patience)
    case 'Approved':
      return approved(observation, patience)
    case 'Applied':
      return applied(observation, patience)
    case 'Ended':
      return { do: 'rest' }
  }
}

function diagnosing({ remediation, symptom }: At<'Diagnosing'>, patience: Patience): Step {
  if (remediation.approved) return { do: 'mirror', approved: false }
  const over = resolvedBy(symptom)
  if (over) return { do: 'end', outcome: over }
  return symptom.state === 'recovering' ? { do: 'wait', afterMs: patience.recheck } : { do: 'plan' }
}

function proposed({ remediation, symptom, mode, stale }: At<'Proposed'>, patience: Patience): Step {
  if (remediation.approved) return { do: 'mirror', approved: false }
  const over = resolvedBy(symptom)
  if (over) return { do: 'end', outcome: over }
  if (stale) return { do: 'end', outcome: SUPERSEDED }
  return mode === 'observe' ? { do: 'wait', afterMs: patience.poll } : { do: 'publish' }
}

const SUPERSEDED: Outcome = {
  phase: 'Resolved',
  reason: 'Superseded',
  message:
    'The field at fault was changed meanwhile; if the workload is still broken, that is a new incident.',
}

function readyForReview(
  { remediation, review, approval, symptom, stale }: At<'ReadyForReview'>,
  patience: Patience,
): Step {
  if (review.state === 'merged') return mergedNow(approval, patience)
  if (remediation.approved) return { do: 'mirror', approved: false }
  switch (review.state) {
    case 'closed':
      return { do: 'end', outcome: { phase: 'Rejected', reason: 'ClosedUnmerged', message: review.message } }
    case 'unacceptable':
      return { do: 'end', outcome: { phase: 'Failed', reason: 'ApprovalInvalid', message: review.message } }
    case 'missing':
      return { do: 'end', outcome: failed('ForgeRejected', review.message) }
    case 'open': {
      const over = resolvedBy(symptom) ?? (stale ? SUPERSEDED : undefined)
      return over ? { do: 'end', outcome: over } : { do: 'wait', afterMs: patience.poll }
    }
  }
}

/** A merge that Git took back before we saw it approves nothing. */
function mergedNow(approval: At<'ReadyForReview'>['approval'], patience: Patience): Step {
  if (approval === undefined) return { do: 'wait', afterMs: patience.recheck }
  if (!('state' in approval)) return { do: 'approve', approval }
  switch (approval.state) {
    case 'reverted':
      return { do: 'end', outcome: { phase: 'Reverted', reason: 'RevertedInGit', message: approval.message } }
    case 'superseded':
      return { do: 'end', outcome: { phase: 'Resolved', reason: 'FixedInGit', message: approval.message } }
    case 'hold':
      return { do: 'wait', afterMs: patience.poll }
  }
}

function approved(
  { remediation, review, symptom, merged, applier, now }: At<'Approved'>,
  patience: Patience,
): Step {
  if (review.state !== 'merged') return notMerged(review)
  if (!remediation.approved) return { do: 'mirror', approved: true }
  if (symptom.state === 'gone') return { do: 'end', outcome: failed('TargetGone', symptom.message) }
  if (symptom.state === 'ignored') {
    return { do: 'hold', hold: { reason: 'Waiting', message: symptom.message }, afterMs: patience.poll }
  }
  switch (merged?.state) {
    case undefined:
      return { do: 'wait', afterMs: patience.recheck }
    case 'reverted':
      return { do: 'end', outcome: { phase: 'Reverted', reason: 'RevertedInGit', message: merged.message } }
    case 'superseded':
      return { do: 'end', outcome: { phase: 'Resolved', reason: 'FixedInGit', message: merged.message } }
    case 'hold':
      return { do: 'hold', hold: merged.hold, afterMs: patience.poll }
    case 'stands':
      break
  }
  // What is live already stays as it is, whoever made it so: there is nothing left to refuse.
  if (applier?.kind === 'live') {
    const { by, generation } = applier
    const result = by === 'aiops-operator' ? 'configured' : 'unchanged'
    return { do: 'record', applied: { result, by, changes: merged.changes, generation } }
  }
  if (merged.refused !== undefined) return { do: 'end', outcome: failed('GateRefused', merged.refused) }
  if (applier === undefined) return { do: 'wait', afterMs: patience.recheck }
  if (applier.kind === 'other') return { do: 'hold', hold: applier.hold, afterMs: patience.poll }
  if (applier.kind === 'engine') {
    const waited = now - (remediation.timeline.approved ?? 0)
    return engineApplies(
      applier,
      merged.changes,
      waited < patience.poll ? patience.recheck : patience.poll,
      patience,
    )
  }
  return { do: 'apply', changes: merged.changes }
}

/** Asked once, and then waited for: at first closely where it only has to work, patiently where something holds it. */
function engineApplies(
  { ask, token, hold }: Extract<Applier, { kind: 'engine' }>,
  changes: readonly FieldChange[],
  atWork: number,
  { recheck, poll }: Patience,
): Step {
  if (ask.length > 0) return { do: 'ask', engines: ask, token, changes, hold, afterMs: recheck }
  return { do: 'hold', hold, afterMs: hold.reason === 'EngineOwned' ? atWork : poll }
}

/** Approved once, and now the forge says otherwise: nothing is applied. A merge that cannot be seen is waited for. */
function notMerged(review: Exclude<At<'Approved'>['review'], { state: 'merged' }>): Step {
  const message =
    review.state === 'open'
      ? 'The forge says that this pull request is open; it was recorded as merged.'
      : review.message
  return { do: 'end', outcome: failed('ApprovalInvalid', message) }
}

function applied({ remediation, symptom, merged, now }: At<'Applied'>, patience: Patience): Step {
  if (merged?.state === 'reverted') {
    return { do: 'end', outcome: { phase: 'Reverted', reason: 'RevertedInGit', message: merged.message } }
  }
  if (symptom.state === 'healthy') return { do: 'recovered' }
  if (symptom.state === 'gone') return { do: 'end', outcome: failed('TargetGone', symptom.message) }
  const since = remediation.timeline.applied ?? now
  if (now - since >= patience.recovery) {
    const seconds = Math.round(patience.recovery / 1000)
    const time = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
    const outcome = failed(
      'NotRecovered',
      `The merged change is live and the fault is not gone after ${time}: ${symptom.message}`,
    )
    // Once Git has moved on, there is nothing of ours to take back.
    return { do: merged?.state === 'stands' ? 'undo' : 'end', outcome }
  }
  return { do: 'wait', afterMs: patience.recheck }
}

function failed(reason: Extract<Outcome, { phase: 'Failed' }>['reason'], message: string): Outcome {
  return { phase: 'Failed', reason, message }
}

/** A fault that is over without us needs no pull request. */
function resolvedBy(symptom: Symptom): Outcome | undefined {
  switch (symptom.state) {
    case 'healthy':
      return { phase: 'Resolved', reason: 'Healed', message: symptom.message }
    case 'gone':
      return { phase: 'Resolved', reason: 'TargetDeleted', message: symptom.message }
    case 'ignored':
      return { phase: 'Resolved', reason: 'Ignored', message: symptom.message }
    default:
      return undefined
  }
}
