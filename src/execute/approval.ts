import type { PullRequest } from '#src/forge/forge.ts'

/** What our records say the approved pull request must be. */
export interface ExpectedPullRequest {
  readonly repositoryId: string
  readonly id: string
  readonly headBranch: string
  readonly baseBranch: string
  /** Head commit that the gates saw. A different one is a reviewer's edit: allowed, and the gates run again. */
  readonly headSha: string
  /** Plain Git cannot tell who pushed a fast-forward; every other forge names who merged. */
  readonly forgeNamesMerger: boolean
}

export interface ApprovalFacts {
  readonly repositoryId: string
  readonly pullRequest: string
  readonly headSha: string
  readonly mergeCommit: string
  readonly mergedBy: string
  /** Somebody changed the branch after the gates saw it. */
  readonly edited: boolean
}

export type ApprovalVerdict =
  | { readonly ok: true; readonly approval: ApprovalFacts }
  | { readonly ok: false; readonly code: 'ApprovalInvalid'; readonly why: string }

/**
 * Whether this pull request, as the forge tells it now, is the approval of this attempt: merged, by somebody other than
 * us, from our branch, into the configured base of the same repository. That we opened it, from a branch of that very
 * repository, is what a forge answers for: it returns no other. Nothing that a webhook or the Remediation says is
 * asked. Whether the merge commit lies on the base is for the merged change to find out in Git.
 */
export function verifyApproval(facts: {
  readonly repositoryId: string
  readonly pullRequest: PullRequest | undefined
  readonly expected: ExpectedPullRequest
}): ApprovalVerdict {
  const { repositoryId, pullRequest, expected } = facts
  if (pullRequest === undefined) return refused(`the forge knows no pull request ${expected.id} of ours`)
  const wrong = mismatch(repositoryId, pullRequest, expected)
  if (wrong !== undefined) return refused(wrong)
  if (pullRequest.state !== 'merged')
    return refused(`pull request ${pullRequest.id} is ${pullRequest.state}, not merged`)
  const { bySelf, mergeCommit, headSha, id } = pullRequest
  const named = pullRequest.mergedBy.trim()
  if (named === '' && expected.forgeNamesMerger) {
    return refused(`the forge does not say who merged pull request ${id}`)
  }
  if (bySelf) return refused(`pull request ${id} was merged by ${named}, the operator itself`)
  const mergedBy = named === '' ? UNNAMED : named
  if (!isSha(mergeCommit) || !isSha(headSha))
    return refused(`the forge names no merge commit of pull request ${id}`)
  const edited = headSha !== expected.headSha
  return { ok: true, approval: { repositoryId, pullRequest: id, headSha, mergeCommit, mergedBy, edited } }
}

function mismatch(
  repositoryId: string,
  pull: PullRequest,
  expected: ExpectedPullRequest,
): string | undefined {
  if (repositoryId === '' || repositoryId !== expected.repositoryId) {
    return 'the repository is not the one the pull request was opened in: its identity on the forge changed'
  }
  if (pull.id !== expected.id)
    return `pull request ${pull.id} is not ${expected.id}, which this attempt opened`
  if (pull.headBranch !== expected.headBranch) {
    return `pull request ${pull.id} comes from the branch ${pull.headBranch}, not from ${expected.headBranch}`
  }
  if (pull.baseBranch !== expected.baseBranch) {
    return `pull request ${pull.id} goes into ${pull.baseBranch}, not into the configured base ${expected.baseBranch}`
  }
  return undefined
}

/** Whoever may push to the base branch. */
const UNNAMED = 'somebody with push access (fast-forward)'

function refused(why: string): ApprovalVerdict {
  return { ok: false, code: 'ApprovalInvalid', why }
}

/** SHA-1 or SHA-256 object names. */
function isSha(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}
