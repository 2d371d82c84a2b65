/** The trailer that every commit of ours carries, followed by the fix key. */
export const FIX_TRAILER = 'Aiops-Operator-Fix'

const TRAILER_LINE = new RegExp(`^${FIX_TRAILER}: ([0-9a-f]{8,64})[ \\t]*\\r?$`, 'm')

/**
 * The fix key that a commit message carries, or undefined. Any line of the message counts, not only the last
 * paragraph: forges append lines of their own when they squash.
 */
export function fixKeyOfMessage(message: string): string | undefined {
  return TRAILER_LINE.exec(message)?.[1]
}

/** The line to put at the end of a commit message. */
export function fixTrailer(fixKey: string): string {
  return `${FIX_TRAILER}: ${fixKey}`
}

/** Who our commits are by. */
export interface CommitIdentity {
  readonly name: string
  readonly email: string
}

/** `Name <mail>`, as git prints it with `%cn <%ce>`. */
export function formatIdentity({ name, email }: CommitIdentity): string {
  return `${name} <${email}>`
}

/**
 * A commit is ours when it carries the trailer and our committer identity. Both can be forged by whoever may push:
 * this tells our work from a person's, it authorises nothing.
 */
export function isOurCommit(
  commit: { readonly committer: string; readonly message: string },
  identity: CommitIdentity,
): boolean {
  return commit.committer === formatIdentity(identity) && fixKeyOfMessage(commit.message) !== undefined
}
