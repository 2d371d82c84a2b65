import { OperatorError } from '#src/domain/errors.ts'
import type { PullRequest } from '#src/forge/forge.ts'
import { oneLine } from '#src/forge/text/visible.ts'
import type { Account, PullPayload } from './payloads.ts'

/** Branch names hold no colon, so what follows the first one is the branch. */
export function headBranchOf(pull: PullPayload): string {
  return pull.head.label.slice(pull.head.label.indexOf(':') + 1)
}

/** Oldest first. */
export function byNumber(a: PullPayload, b: PullPayload): number {
  return a.number - b.number
}

/** By id, never by name: a fork may be called as its parent, and names are reused. A deleted fork has none. */
export function isFromSameRepository(pull: PullPayload): boolean {
  return pull.head.repo != null && pull.head.repo.id === pull.base.repo?.id
}

/** Decided on `merged` and `merged_at` alone: a pull request closed unmerged carries a merge_commit_sha, too. */
export function isMerged(pull: PullPayload): boolean {
  return pull.merged ?? pull.merged_at != null
}

export function isOurs(pull: PullPayload, self: Account): boolean {
  return isFromSameRepository(pull) && pull.user?.id === self.id
}

/** `pull` is the answer about this one: lists leave out who merged. */
export function pullRequestOf(pull: PullPayload, self: Account, closedBy: string | undefined): PullRequest {
  const facts = {
    id: String(pull.number),
    url: pull.html_url,
    headBranch: headBranchOf(pull),
    headSha: pull.head.sha,
    baseBranch: pull.base.ref,
    author: self.login,
  }
  if (isMerged(pull)) {
    if (!pull.merge_commit_sha) {
      throw new OperatorError('ForgeUnreachable', 'is merged, but the forge does not name the commit yet', {
        object: `pull request #${pull.number}`,
      })
    }
    // An account that was deleted since then: who it was cannot be proven, so it approves nothing.
    if (!pull.merged_by) {
      throw new OperatorError('ApprovalInvalid', 'is merged, but the forge does not tell by whom', {
        object: `pull request #${pull.number}`,
        retry: 'backoff',
      })
    }
    return {
      ...facts,
      state: 'merged',
      mergeCommit: pull.merge_commit_sha,
      mergedBy: oneLine(pull.merged_by.login, 100),
      bySelf: pull.merged_by.id === self.id,
    }
  }
  return pull.state === 'open' ? { ...facts, state: 'open' } : { ...facts, state: 'closed', closedBy }
}
