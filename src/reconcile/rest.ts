import type { Remediation } from '#src/domain/remediation.ts'

/** Those that were deleted are never asked for again. */
const REMEMBERED = 10_000

/**
 * What was looked at to its end, and until when it needs no other look. Our own writes wake a key up like anybody's; they
 * say nothing that the pass which wrote them did not know.
 */
export class Rest {
  readonly #resting = new Map<string, { readonly version: string; readonly until: number }>()

  /** Milliseconds for which this very version may rest on; undefined when it has to be looked at. */
  left({ uid, resourceVersion }: Remediation, now: number): number | undefined {
    const resting = this.#resting.get(uid)
    if (resting?.version === resourceVersion && now < resting.until) return resting.until - now
    this.#resting.delete(uid)
    return undefined
  }

  note({ uid, resourceVersion }: Remediation, until: number): void {
    this.#resting.set(uid, { version: resourceVersion, until })
    const [first] = this.#resting.keys()
    if (this.#resting.size > REMEMBERED && first !== undefined) this.#resting.delete(first)
  }
  /** What the answers rested on has changed: everything is looked at again. */
  clear(): void {
    this.#resting.clear()
  }
}
