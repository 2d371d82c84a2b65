import type { Plan, PullRequestRef, Remediation } from '#src/domain/remediation.ts'
import { verifyApproval } from '#src/execute/approval.ts'
import { headOf } from '#src/forge/head.ts'
import type { ReviewState } from './observation.ts'
import { repositoryOf } from './repository-of.ts'
import type { World } from './world.ts'

interface Reviewed {
  readonly plan: Plan
  readonly pullRequest: PullRequestRef
}

/** What the forge says of our pull request now. Nothing that was recorded before, or that a webhook said, counts. */
export async function reviewOf(
  world: World,
  remediation: Remediation,
  state: Reviewed,
): Promise<ReviewState> {
  const { plan, pullRequest } = state
  const { pullRequests, spec } = repositoryOf(world, plan.source)
  const head = headOf(plan, remediation.attempt, { sha: pullRequest.headSha, asOf: world.asOf })
  const now = await pullRequests.read(pullRequest.id, head)
  if (now === undefined) {
    return {
      state: 'missing',
      message: `The forge knows no pull request ${pullRequest.id} of ours from branch ${plan.branch}.`,
    }
  }
  if (now.state === 'open') return { state: 'open', headSha: now.headSha }
  if (now.state === 'closed') {
    const by = now.closedBy === undefined ? '' : ` by ${now.closedBy}`
    return { state: 'closed', message: `The pull request was closed without a merge${by}.` }
  }
  const verdict = verifyApproval({
    repositoryId: await pullRequests.repositoryId(),
    pullRequest: now,
    expected: {
      repositoryId: pullRequest.repositoryId,
      id: pullRequest.id,
      headBranch: plan.branch,
      baseBranch: spec.branch,
      headSha: pullRequest.headSha,
      forgeNamesMerger: spec.forge.type !== 'git',
    },
  })
  return verdict.ok
    ? { state: 'merged', merge: verdict.approval }
    : { state: 'unacceptable', message: `Merged, but this approves nothing: ${verdict.why}.` }
}
