import type { Remediation } from '#src/domain/remediation.ts'

/** Those that were deleted are never asked for again. */
const REMEMBERED = 10_000

/**
 * Since when a check has not been reporting its fault any more, by Remediation. Forgotten when we start anew: then the
 * fault has to stay away once more before it counts as gone.
 */
export class Quiet {
  readonly #since = new Map<string, number>()

  /** Milliseconds for which the fault has been away; 0 while it shows. */
  note({ uid }: Pick<Remediation, 'uid'>, shows: boolean, now: number): number {
    if (shows) {
      this.#since.delete(uid)
      return 0
    }
    const since = this.#since.get(uid) ?? now
    this.#since.set(uid, since)
    const [first] = this.#since.keys()
    if (this.#since.size > REMEMBERED && first !== undefined) this.#since.delete(first)
    return now - since
  }
}
