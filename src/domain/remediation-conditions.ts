import { conditionOf, type Verdict } from './condition.ts'
import type { JsonObject } from './json.ts'
import type { EndedWith, Remediation, RemediationState } from './remediation.ts'

/** In the order of the flow; docs and `kubectl describe` show them so. */
export const CONDITION_TYPES = [
  'Diagnosed',
  'Proposed',
  'PullRequestOpen',
  'Approved',
  'Applied',
  'Recovered',
  'Failed',
  'Stalled',
] as const

export type ConditionType = (typeof CONDITION_TYPES)[number]

/** All conditions of a Remediation, as metav1.Condition; the arguments are those of `conditionOf`. */
export function conditionsOf(
  remediation: Remediation,
  before: unknown,
  generation: number | undefined,
  now: number,
): readonly JsonObject[] {
  return CONDITION_TYPES.map((type) =>
    conditionOf(type, verdicts[type](remediation), before, generation, now),
  )
}

const verdicts: Readonly<Record<ConditionType, (remediation: Remediation) => Verdict>> = {
  Diagnosed: ({ fault }) =>
    yes(fault.reason, `${fault.role} container "${fault.container}": ${fault.message}`),
  Proposed: ({ state }) => {
    const { plan } = factsOf(state)
    if (plan) return yes('GatesPassed', plan.proposal.summary)
    return 'ended' in state ? ended(state) : no('Diagnosing', 'a fix is being looked for')
  },
  PullRequestOpen: ({ state }) => {
    if (state.phase === 'ReadyForReview') return yes('AwaitingReview', state.pullRequest.url)
    const { pullRequest, approval } = factsOf(state)
    if (approval && pullRequest) return no('Merged', pullRequest.url)
    return 'ended' in state ? ended(state) : no('NotOpened', 'no pull request has been opened yet')
  },
  Approved: ({ state }) => {
    const { approval } = factsOf(state)
    if (approval) return yes('Merged', `merged by ${approval.mergedBy} as ${approval.mergeCommit}`)
    return 'ended' in state ? ended(state) : no('AwaitingMerge', 'merging the pull request is the approval')
  },
  Applied: ({ state }) => {
    const { applied } = factsOf(state)
    if (applied) {
      const who =
        applied.by === 'other' ? 'already live, written by somebody else' : 'applied by aiops-operator'
      return yes(applied.result === 'configured' ? 'Configured' : 'Unchanged', who)
    }
    if ('ended' in state) return ended(state)
    if (state.phase === 'Approved' && state.hold) return no(state.hold.reason, state.hold.message)
    const [held] = factsOf(state).plan?.source.engine?.holds ?? []
    return held
      ? no(held.reason, `nothing is applied before it is merged, and afterwards: ${held.sentence}`)
      : no('NotApproved', 'nothing is applied before it is merged')
  },
  Recovered: ({ state, reverts }) => {
    if (state.phase === 'Applied' && reverts !== undefined) {
      return no('TakenBack', `the change of ${reverts}, which did not help, is taken back; the fault remains`)
    }
    if (state.phase === 'Applied') {
      return state.recovered
        ? yes('SymptomGone', 'the rollout is complete and the fault is gone')
        : {
            status: 'Unknown',
            reason: 'RollingOut',
            message: 'waiting for the rollout and for the fault to go',
          }
    }
    return 'ended' in state ? ended(state) : no('NotApplied', 'no fix has been applied yet')
  },
  Failed: ({ state }) =>
    state.phase === 'Failed' ? yes(state.reason, state.message) : no('AsExpected', 'nothing has failed'),
  Stalled: ({ problem }) =>
    problem
      ? yes(problem.code, problem.message)
      : no('AsExpected', 'nothing keeps the next step from succeeding'),
}

/** The facts that exist in a state, ended or not. */
export function factsOf(state: RemediationState): EndedWith {
  if ('ended' in state) return state.ended
  return state.phase === 'Diagnosing' ? {} : state
}

function yes(reason: string, message: string): Verdict {
  return { status: 'True', reason, message }
}

function no(reason: string, message: string): Verdict {
  return { status: 'False', reason, message }
}

function ended(outcome: { readonly reason: string; readonly message: string }): Verdict {
  return no(outcome.reason, outcome.message)
}
