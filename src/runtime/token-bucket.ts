import type { Clock } from './clock.ts'

export interface Rate {
  /** Permits a second in the long run. */
  readonly perSecond: number
  /** Permits that may go at once after a quiet time. */
  readonly burst: number
}

/** Hands out permits at a rate; each caller is told how long to wait for its own, in order. */
export class TokenBucket {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #rate: Rate
  #tokens: number
  #at: number

  constructor(clock: Pick<Clock, 'monotonic'>, rate: Rate) {
    this.#clock = clock
    this.#rate = rate
    this.#tokens = rate.burst
    this.#at = clock.monotonic()
  }

  /** Takes one permit and tells in how many milliseconds it may be used: 0 while the burst lasts. */
  reserve(): number {
    const now = this.#clock.monotonic()
    const earned = ((now - this.#at) / 1000) * this.#rate.perSecond
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + earned) - 1
    this.#at = now
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#rate.perSecond) * 1000
  }
}
