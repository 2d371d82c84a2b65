import type { FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import type { Plan, PullRequestRef, Remediation } from '#src/domain/remediation.ts'
import type { OpenHead } from '#src/forge/checks.ts'
import type { HeadVerdict } from '#src/forge/text/check-reports.ts'
import { dryRunGate } from '#src/propose/gates/dry-run.ts'
import { mergedChanges } from '#src/propose/gates/merged-changes.ts'
import { checkMerged } from '#src/propose/gates/run-gates.ts'
import { incidentOf } from '#src/reconcile/incident.ts'
import type { Repository, World } from '#src/reconcile/world.ts'

export interface Proposed {
  readonly remediation: Remediation
  readonly plan: Plan
  readonly pullRequest: PullRequestRef
}

/**
 * The gates' word on the head of our pull request: the plan's own while it is what we pushed, and judged anew once people
 * changed it. A commit of the merge queue is judged by the head that went into it; what it came to be is judged again
 * after the merge. Undefined while the head cannot be seen yet.
 */
export async function verdictOn(
  world: World,
  repository: Repository,
  proposed: Proposed,
  { sha, branch }: OpenHead,
): Promise<HeadVerdict | undefined> {
  const { plan, pullRequest } = proposed
  const asPlanned = { verdicts: plan.verdicts, changes: plan.proposal.changes, edited: false }
  if (sha === pullRequest.headSha) return asPlanned
  const tip = await repository.manifests.fetch()
  const head = await repository.manifests.branch(branch)
  if (head === undefined) return undefined
  if (head.headSha === pullRequest.headSha) return asPlanned
  const base = await repository.manifests.mergeBase(head.headSha, tip)
  return base === undefined ? undefined : judged(world, repository, proposed, base, head.headSha)
}

async function judged(
  world: World,
  repository: Repository,
  { remediation, plan }: Proposed,
  base: string,
  head: string,
): Promise<HeadVerdict> {
  const { target, fault } = remediation
  const refusal = (message: string): HeadVerdict => ({
    verdicts: [{ gate: 'render-diff', verdict: 'refused', message }],
    changes: [],
    edited: true,
  })
  const [before, after, snapshot] = await Promise.all([
    rendered(repository, plan, remediation, base),
    rendered(repository, plan, remediation, head),
    world.cluster.snapshot(target),
  ])
  if (typeof before === 'string') return refusal(before)
  if (typeof after === 'string') return refusal(after)
  if (before === undefined || after === undefined || snapshot === undefined) {
    return refusal('The workload is not there any more, in the cluster or in what this branch renders.')
  }
  const traced = await repository.manifests.trace(target, plan.source.revision)
  const incident = await incidentOf(world, repository, remediation, snapshot, traced)
  const { family, role, container } = fault
  const content = { incident, target, family, role, container, before, after }
  const changes: readonly FieldChange[] = mergedChanges(before, after)
  const verdicts: GateVerdict[] = [
    ...checkMerged({ ...content, authoredByHuman: 'a reviewer' }),
    await dryRunGate(changes, (all) => world.executor.dryRun(snapshot.workload, all)),
  ]
  return { verdicts, changes, edited: true }
}

/** A head that does not render is a verdict, too: what it says. */
async function rendered(
  { manifests }: Repository,
  { source }: Plan,
  { target }: Remediation,
  revision: string,
): Promise<KubeObject | undefined | string> {
  try {
    return await manifests.renderAt(source, target, revision)
  } catch (error) {
    if (error instanceof OperatorError && error.retry === 'never') return error.message
    throw error
  }
}
