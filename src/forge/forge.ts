/**
 * A pull request as the forge tells it now. It was opened by our own identity, its head branch lies in the same
 * repository and its base is the configured one: a forge returns no other.
 */
export type PullRequest = PullRequestFacts &
  (
    | { readonly state: 'open' }
    | {
        readonly state: 'closed'
        /** Who closed it, where the forge tells. Deleting the branch closes it too. */
        readonly closedBy: string | undefined
      }
    | {
        readonly state: 'merged'
        /**
         * The first commit of the base branch that has the fix: a merge commit, the squashed commit, or what the forge
         * names after a rebase (GitHub: the last rebased one). Never a test merge.
         */
        readonly mergeCommit: string
        /** For people. On plain Git the committer of the merge commit; a fast-forward names nobody. */
        readonly mergedBy: string
        /** Our own identity merged it: never an approval. */
        readonly bySelf: boolean
      }
  )

export interface PullRequestFacts {
  /** A number on GitHub and Gitea, the head branch on plain Git. */
  readonly id: string
  readonly url: string
  readonly headBranch: string
  /** At the time of the merge for a merged pull request, where the forge remembers it. */
  readonly headSha: string
  readonly baseBranch: string
  readonly author: string
}

/**
 * What tells a pull request of ours, also on a forge that keeps no records: plain Git recognises a merge by the head
 * commit, or by the trailer of our commit among the base's commits after the fork point. `headOf` makes it of a plan.
 */
export interface Head {
  readonly branch: string
  /** Commit that we pushed and validated; undefined before the first push. */
  readonly sha: string | undefined
  /** Fork point: the commit of the base branch that the fix was made on. */
  readonly base: string
  /** Value of the trailer that our commits carry: fix key and attempt. */
  readonly fix: string
  /**
   * Of the monotonic clock: on plain Git a fetch that began then or later shows what is asked; a forge is always asked.
   * Undefined: the moment of the question.
   */
  readonly asOf?: number | undefined
}

export interface NewPullRequest {
  readonly head: Head
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
  /** Accounts of the forge, asked once when it is opened. One that cannot be asked is no reason not to open it. */
  readonly reviewers?: readonly string[]
  readonly assignees?: readonly string[]
}

/**
 * Pull requests of one repository. Small, total, and every method repeatable: calling it twice is calling it once.
 * Throws OperatorError with the codes of the `forge` room; a pull request of ours that somebody pointed at another base
 * is ApprovalInvalid: retried while it is open, final once it is merged there.
 */
export interface PullRequests {
  /** The repository's stable identity on this forge: GitHub's number, not its name, which can be reused. */
  repositoryId(): Promise<string>
  /**
   * Our pull request from this branch, in any state (a branch is one attempt). PullRequestForeign when another's open or
   * merged one holds the branch. Plain Git: undefined also for a branch that is gone without a merge.
   */
  find(head: Head): Promise<PullRequest | undefined>
  /**
   * Finds ours in any state, or opens it; never adopts another's, and never reopens: what a person closed comes back
   * closed. Title and body are rewritten only when our text changed; labels are set once, and are people's from then on.
   */
  ensureOpen(request: NewPullRequest): Promise<PullRequest>
  /** As the forge tells it now; undefined when it does not exist, is not ours, or is from another branch. */
  read(id: string, head: Head): Promise<PullRequest | undefined>
  /**
   * Comments once per marker, however often it is called. `marker` is a short constant such as `recovered`.
   * Plain Git has no place for comments: logged, nothing more.
   */
  ensureComment(id: string, marker: string, body: string): Promise<void>
  /** Closes it if it is open and ours. The branch is the caller's to delete, which is how plain Git closes. */
  ensureClosed(id: string): Promise<void>
}
