/** `since`: by the monotonic clock of `now`; default: the moment of the call. */
export type SingleFlight<T> = (since?: number) => Promise<T>

/**
 * Runs the work never twice at once. A run that began at `since` or later answers the question, whether it has ended or
 * not. Otherwise who asks waits for the *next* run, shared by all who wait: a run that began before may have missed what
 * the asker wants to see.
 */
export function singleFlight<T>(work: () => Promise<T>, now: () => number): SingleFlight<T> {
  let running: { readonly began: number; readonly result: Promise<T> } | undefined
  let next: Promise<T> | undefined
  return (since = Number.POSITIVE_INFINITY) => {
    if (running !== undefined && running.began >= since) return running.result
    next ??= (running?.result ?? Promise.resolve())
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        running = { began: now(), result: work() }
        next = undefined
        return running.result
      })
    return next
  }
}
