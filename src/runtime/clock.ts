/** Time as an argument. `now` is wall-clock milliseconds since the epoch; `monotonic` never goes back. */
export interface Clock {
  now(): number
  monotonic(): number
  /** Resolves after so many milliseconds, or at once (without error) when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}
