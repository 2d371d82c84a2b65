import { fixOfMessage } from '#src/domain/fix-trailer.ts'

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
 * A commit is ours when it carries the fix trailer and our committer identity. Both can be forged by whoever may push:
 * this tells our work from a person's, it authorises nothing.
 */
export function isOurCommit(
  commit: { readonly committer: string; readonly message: string },
  identity: CommitIdentity,
): boolean {
  return commit.committer === formatIdentity(identity) && fixOfMessage(commit.message) !== undefined
}
