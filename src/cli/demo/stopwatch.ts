import type { Clock } from '#src/runtime/clock.ts'

/** How long each stage took, in the order in which they ended. */
export class Stopwatch {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #stages: { readonly name: string; readonly ms: number }[] = []
  #since: number

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
    this.#since = clock.monotonic()
  }

  /** Ends a stage, now or at a moment of the same clock that lies a little back; the next one begins there. */
  lap(name: string, at = this.#clock.monotonic()): void {
    this.#stages.push({ name, ms: Math.max(0, at - this.#since) })
    this.#since = at
  }

  rows(): readonly (readonly [name: string, took: string])[] {
    const total = this.#stages.reduce((sum, { ms }) => sum + ms, 0)
    return [...this.#stages, { name: 'all together', ms: total }].map(({ name, ms }) => [name, seconds(ms)])
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`.padStart(9)
}
