/** A comment in the conversation of a pull request; everything in it is somebody's word. */
export interface Remark {
  /** The forge's number of the comment. */
  readonly id: string
  /** As `PullRequest.id`. */
  readonly pullRequest: string
  readonly author: string
  readonly bySelf: boolean
  readonly body: string
  /** Milliseconds since the epoch, by the forge's clock. */
  readonly updated: number
  /** Changed after it was written, which others than its author may do. */
  readonly isEdited: boolean
}

/** What people say on pull requests. Every method is repeatable; throws with the codes of the `forge` room. */
export interface Conversation {
  /** Comments on the repository's pull requests that were written or changed since then, oldest first. */
  remarksSince(time: number): Promise<readonly Remark[]>
  /** Whether the forge lets this person push to the repository. */
  mayWrite(login: string): Promise<boolean>
}
