import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '#src/runtime/clock.ts'

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** A clock that moves only when a test says so. Sleepers wake in the order of their times. */
export class VirtualClock implements Clock {
  readonly #start: number
  readonly #sleepers: Sleeper[] = []
  #elapsed = 0

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#start = start
  }

  now(): number {
    return this.#start + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  /** Sleeps that have not ended. */
  get sleeping(): number {
    return this.#sleepers.length
  }

  /** Milliseconds until the next sleeper wakes; undefined when nobody sleeps. */
  get next(): number | undefined {
    const [first] = this.#sleepers
    return first && first.at - this.#elapsed
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || milliseconds <= 0) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper = { at: this.#elapsed + milliseconds, wake: resolve }
    this.#sleepers.push(sleeper)
    this.#sleepers.sort((a, b) => a.at - b.at)
    signal?.addEventListener('abort', () => this.#wake(sleeper), { once: true })
    return promise
  }

  /** Moves on by so many milliseconds, and lets everything that wakes on the way run. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds
    await turn()
    for (;;) {
      const [first] = this.#sleepers
      if (first === undefined || first.at > end) break
      this.#elapsed = Math.max(this.#elapsed, first.at)
      this.#wake(first)
      await turn()
    }
    this.#elapsed = end
  }

  #wake(sleeper: Sleeper): void {
    const position = this.#sleepers.indexOf(sleeper)
    if (position >= 0) this.#sleepers.splice(position, 1)
    sleeper.wake()
  }
}
