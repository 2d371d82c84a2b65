import type { CheckReport } from '#src/forge/checks.ts'
import type { Account, CommentPayload, PullPayload } from './payloads.ts'

/**
 * The calls that pull requests are made of, as a forge with a REST API answers them. Answers are parsed, failures
 * translated into the codes of the `forge` room. Nothing is retried below: a POST that timed out may have happened, so
 * callers look before they create. `undefined` is a 404 about one numbered thing.
 */
export interface ForgeApi {
  readonly type: 'github' | 'gitea'
  /** `owner/repo`, as errors name it. */
  readonly name: string
  /** Longest title in characters. */
  readonly longestTitle: number
  /** Who we are there: asked once per credential. */
  self(): Promise<Account>
  repositoryId(): Promise<number>
  /**
   * Pull requests from this branch, oldest first: all into this base in any state, and the open ones into any other. Some
   * may be of forks.
   */
  pullsFrom(branch: string, base: string): Promise<readonly PullPayload[]>
  pull(number: number): Promise<PullPayload | undefined>
  createPull(request: NewPull): Promise<PullPayload>
  updatePull(number: number, change: PullChange): Promise<PullPayload>
  /** Who closed it, where the forge tells. */
  closedBy(number: number): Promise<string | undefined>
  comments(number: number): Promise<readonly CommentPayload[]>
  addComment(number: number, body: string): Promise<void>
  /** Adds labels, making those that the repository lacks. */
  addLabels(number: number, labels: readonly string[]): Promise<void>
  requestReviewers(number: number, logins: readonly string[]): Promise<void>
  assign(number: number, logins: readonly string[]): Promise<void>
  /** Open ones into this base, of forks too. */
  openPulls(base: string): Promise<readonly PullPayload[]>
  /** What waits in the merge queue of this base. */
  queued(base: string): Promise<readonly QueuedHead[]>
  /** Comments on issues and pull requests that were written or changed since then, oldest first. */
  commentsSince(time: Date): Promise<readonly CommentPayload[]>
  /** False also for a person that the forge does not know. */
  mayWrite(login: string): Promise<boolean>
  /** Reports on a commit unless the same stands there. */
  ensureCheck(sha: string, report: CheckReport): Promise<void>
}

/** A commit that would become the base's next one, if its checks pass. */
export interface QueuedHead {
  readonly sha: string
  readonly number: number
}

export interface NewPull {
  readonly head: string
  readonly base: string
  readonly title: string
  readonly body: string
}

export interface PullChange {
  readonly title?: string
  readonly body?: string
  readonly state?: 'closed'
}
