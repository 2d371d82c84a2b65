/** Exponential backoff of one key. Times in milliseconds. */
export interface Backoff {
  /** The delay after the first failure. */
  readonly baseMs: number
  /** No delay is longer. */
  readonly maxMs: number
  /** Share of the delay (0 … 1) that chance takes away, so that what failed together does not return together. */
  readonly jitter: number
}

/** The delay after so many failures in a row (1 and up): base, doubled each time, capped, minus the jitter. */
export function backoffDelay(backoff: Backoff, failures: number, random: () => number): number {
  const exponent = Math.min(Math.max(failures, 1) - 1, 52)
  const delay = Math.min(backoff.baseMs * 2 ** exponent, backoff.maxMs)
  return delay * (1 - backoff.jitter * random())
}
