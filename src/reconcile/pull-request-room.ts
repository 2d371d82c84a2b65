import type { Plan, Remediation } from '#src/domain/remediation.ts'
import { factsOf } from '#src/domain/remediation-conditions.ts'
import type { PullRequestPolicy } from '#src/domain/repository.ts'

const HOUR = 3_600_000

/** Why a pull request has to wait, and for how long at least in milliseconds, where that is known. */
export interface NoRoom {
  readonly why: string
  readonly afterMs: number | undefined
}

/**
 * Whether the policy has room for one more pull request of this repository. `all` are the Remediations of its namespaces,
 * this one among them. Those that wait go in the order in which their faults were seen: each counts the ones before it as
 * open, so that however many ask at once, no limit is passed. What joins an open pull request needs no room. Pure.
 */
export function noRoomFor(
  remediation: Remediation,
  policy: PullRequestPolicy,
  all: readonly Remediation[],
  now: number,
): NoRoom | undefined {
  const mine = planOf(remediation)
  if (mine === undefined) return undefined
  const others = all.flatMap((each): readonly Known[] => {
    const plan = planOf(each)
    const isOther = each.uid !== remediation.uid && plan?.source.repository === mine.source.repository
    return plan && isOther ? [{ ...each, branch: plan.branch }] : []
  })
  const open = others.filter(({ state }) => state.phase === 'ReadyForReview')
  if (open.some(({ branch }) => branch === mine.branch)) return undefined
  const ahead = others.filter((each) => each.state.phase === 'Proposed' && isBefore(each, remediation))
  const taken = [...open, ...ahead]
  const recent = others.filter(({ timeline }) => (timeline.opened ?? 0) > now - HOUR)
  return (
    full(policy.maxOpen, branches(taken), 'open pull requests in this repository') ??
    full(
      policy.maxOpenPerNamespace,
      branches(taken.filter(({ namespace }) => namespace === remediation.namespace)),
      `open pull requests for namespace ${remediation.namespace}`,
    ) ??
    full(
      policy.maxPerHour,
      branches([...recent, ...ahead]),
      'new pull requests within an hour',
      Math.min(...recent.map(({ timeline }) => timeline.opened ?? now)) + HOUR - now,
    )
  )
}

type Known = Remediation & { readonly branch: string }

function planOf({ state }: Remediation): Plan | undefined {
  return factsOf(state).plan
}

function isBefore(a: Remediation, b: Remediation): boolean {
  const [first, second] = [a.timeline.detected, b.timeline.detected]
  return first === second ? a.uid < b.uid : first < second
}

function branches(known: readonly Known[]): number {
  return new Set(known.map(({ branch }) => branch)).size
}

function full(most: number | undefined, count: number, what: string, afterMs?: number): NoRoom | undefined {
  if (most === undefined || count < most) return undefined
  const known = afterMs !== undefined && Number.isFinite(afterMs) ? afterMs : undefined
  return { why: `the limit of ${most} ${what} is reached`, afterMs: known }
}
