/**
 * Runs the work never twice at once. Who asks while it runs waits for the *next* run, shared by all who wait: a run
 * that began before the question may have missed what the asker wants to see.
 */
export function singleFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | undefined
  return () => {
    next ??= running
      .catch(() => {})
      .then(() => {
        const run = work()
        running = run
        next = undefined
        return run
      })
    return next
  }
}
