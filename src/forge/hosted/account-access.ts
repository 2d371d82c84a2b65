import type { Account } from './payloads.ts'

/** How we log in to a forge: as a machine account with a token, or as a GitHub App. */
export interface AccountAccess {
  /**
   * The token as it is now: asked before every request. After a 401 it is asked once more and told which one was refused,
   * so that a rotated or revoked one is replaced at once. Throws CredentialsMissing.
   */
  token(refused?: string): Promise<string>
  /** Who that is, where the forge does not tell by the token: an App. */
  readonly self?: () => Promise<Account>
}

/** A token kept in a file or variable, read again for each use. */
export function tokenAccess(read: () => Promise<string>): AccountAccess {
  return { token: () => read() }
}
