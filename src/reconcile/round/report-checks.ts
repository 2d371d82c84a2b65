import { digest } from '#src/domain/digest.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import { factsOf } from '#src/domain/remediation-conditions.ts'
import type { CheckReport, Checks, OpenHead } from '#src/forge/checks.ts'
import { joinedReports, NOT_OURS } from '#src/forge/text/check-reports.ts'
import type { Repository, World } from '#src/reconcile/world.ts'
import { verdictOn } from './head-verdict.ts'
import type { OfPullRequest } from './repository-remediations.ts'

/** What stands on the forge already, as far as we remember; what is forgotten is found there. */
export interface Reported {
  readonly said: Set<string>
  /** Why the forge did not take a report, once it was told. */
  refused: string | undefined
}

export interface Reporting {
  readonly world: World
  readonly repository: Repository
  readonly checks: Checks
  readonly remediations: OfPullRequest
}

/** A report on every head: a required check that is silent would block people whose pull request is not ours. */
export async function reportChecks(on: Reporting, reported: Reported): Promise<void> {
  const heads = await on.checks.openHeads()
  const open = new Set<string>()
  for (const head of heads) {
    const concerned = head.isOurs ? await on.remediations(head.pullRequest) : []
    // Its Remediation is being written just now, or is another cluster's, whose operator reports.
    if (head.isOurs && concerned.length === 0) continue
    const key = keyOf(head, concerned)
    open.add(key)
    if (reported.said.has(key)) continue
    const reports = head.isOurs ? await reportsOn(on, head, concerned) : NOT_OURS
    // A head that is not fetched yet is looked at in the next round.
    if (reports === undefined) continue
    for (const report of reports) await on.checks.ensureCheck(head.sha, report)
    reported.said.add(key)
  }
  for (const key of reported.said) if (!open.has(key)) reported.said.delete(key)
}

/** Judged anew for each push, and for each attempt. */
function keyOf({ sha, pullRequest }: OpenHead, concerned: readonly Remediation[]): string {
  return digest(sha, pullRequest, ...concerned.map(({ uid, attempt }) => `${uid}/${attempt}`))
}

async function reportsOn(
  { world, repository }: Reporting,
  head: OpenHead,
  concerned: readonly Remediation[],
): Promise<readonly CheckReport[] | undefined> {
  const all: (readonly CheckReport[])[] = []
  for (const remediation of concerned) {
    const { plan, pullRequest } = factsOf(remediation.state)
    if (plan === undefined || pullRequest === undefined) continue
    const verdict = await verdictOn(world, repository, { remediation, plan, pullRequest }, head)
    if (verdict === undefined) return undefined
    all.push(world.texts.checkReports(remediation, verdict))
  }
  return joinedReports(all)
}
