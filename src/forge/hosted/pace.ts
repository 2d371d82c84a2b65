import { OperatorError } from '#src/domain/errors.ts'
import type { Clock } from '#src/runtime/clock.ts'

/** At most `count` in any `windowMs`. */
export interface Allowance {
  readonly count: number
  readonly windowMs: number
}

/** docs.github.com "Rate limits for the REST API": requests that create content, over all repositories of an account. */
export const GITHUB_CONTENT: readonly Allowance[] = [
  { count: 80, windowMs: 60_000 },
  { count: 500, windowMs: 3_600_000 },
]

/** So long a request waits for its turn itself; a longer wait is the queue's, so that no worker sleeps. Milliseconds. */
const SHORT_WAIT = 5_000

/**
 * Keeps one account within its forge's limits: writes go one after the other, content within its allowances, and nothing is
 * sent before the time that the forge asked to wait for. Throws ForgeRateLimited with the time to wait.
 */
export class Pace {
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly #allowances: readonly Allowance[]
  /** When content was created, oldest first; as many as the largest allowance counts. */
  readonly #created: number[] = []
  #closedUntil = Number.NEGATIVE_INFINITY
  #lastWrite: Promise<unknown> = Promise.resolve()

  constructor(clock: Pick<Clock, 'monotonic' | 'sleep'>, allowances: readonly Allowance[]) {
    this.#clock = clock
    this.#allowances = allowances
  }

  async read<T>(send: () => Promise<T>): Promise<T> {
    this.#refuseWhileClosed()
    return send()
  }

  /** One at a time, in the order of the calls. `content`: it makes a pull request, a comment, a review, a status … */
  write<T>(kind: 'content' | 'change', send: () => Promise<T>): Promise<T> {
    const turn = this.#lastWrite.then(async () => {
      this.#refuseWhileClosed()
      if (kind === 'content') await this.#takeContent()
      return send()
    })
    this.#lastWrite = turn.catch(() => undefined)
    return turn
  }

  /** The forge asked to wait. */
  closeFor(milliseconds: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, this.#clock.monotonic() + milliseconds)
  }

  #refuseWhileClosed(): void {
    const left = this.#closedUntil - this.#clock.monotonic()
    if (left > 0) throw limited(left, 'the forge asked to wait; so long nothing is sent')
  }

  async #takeContent(): Promise<void> {
    const wait = this.#untilContent()
    if (wait > SHORT_WAIT) throw limited(wait, 'the account has created as much as the forge allows')
    if (wait > 0) await this.#clock.sleep(wait)
    this.#created.push(this.#clock.monotonic())
    const most = Math.max(0, ...this.#allowances.map(({ count }) => count))
    while (this.#created.length > most) this.#created.shift()
  }

  #untilContent(): number {
    const now = this.#clock.monotonic()
    const waits = this.#allowances.map(({ count, windowMs }) => {
      const oldest = this.#created[this.#created.length - count]
      return oldest === undefined ? 0 : oldest + windowMs - now
    })
    return Math.max(0, ...waits)
  }
}

function limited(afterMs: number, why: string): OperatorError {
  return new OperatorError('ForgeRateLimited', `${why} (${Math.ceil(afterMs / 1000)} s)`, {
    retry: { afterMs: Math.ceil(afterMs) },
  })
}
