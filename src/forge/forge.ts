/**
 * A pull request as the forge tells it now. The head branch lies in the same repository and the pull request was opened
 * by our own identity: a forge returns no other one.
 */
export type PullRequest = PullRequestFacts &
  (
    | { readonly state: 'open' }
    | { readonly state: 'closed'; readonly closedBy: string | undefined }
    | {
        readonly state: 'merged'
        /** The commit on the base branch: a merge commit, the squashed commit, or the last rebased one. */
        readonly mergeCommit: string
        readonly mergedBy: string
      }
  )

export interface PullRequestFacts {
  readonly id: string
  readonly url: string
  readonly headBranch: string
  /** At the time of the merge for a merged pull request. */
  readonly headSha: string
  readonly baseBranch: string
  readonly author: string
}

export interface NewPullRequest {
  readonly headBranch: string
  readonly headSha: string
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
}

/**
 * Pull requests of one repository. Small, total, and every method repeatable: calling it twice is calling it once.
 * Throws OperatorError with the codes of the `forge` room.
 */
export interface PullRequests {
  /** The repository's stable identity on this forge (GitHub's node or number, not its name, which can be reused). */
  repositoryId(): Promise<string>
  /** Our newest pull request from this branch into the base, in any state. PullRequestForeign when a foreign open one holds the branch. */
  find(headBranch: string): Promise<PullRequest | undefined>
  /** Finds ours or opens it. Never adopts another's. */
  ensureOpen(request: NewPullRequest): Promise<PullRequest>
  /** As the forge tells it now; undefined when it does not exist or is not ours. */
  read(id: string): Promise<PullRequest | undefined>
  /** Comments once per marker, however often it is called. `marker` is a short constant such as `recovered`. */
  ensureComment(id: string, marker: string, body: string): Promise<void>
  /** Closes it if it is open. The branch is the caller's to delete. */
  ensureClosed(id: string): Promise<void>
}
