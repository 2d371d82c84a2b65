/** Takes one finished line for the person who waits; never a secret, never a partial line. */
export type Progress = (line: string) => void

/** "48s" or "3m 05s". */
export function elapsedSince(startMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - startMs) / 1000)
  if (seconds < 60) return `${seconds}s`
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`
}

/** Repeats a line with the time that has passed, so that a long step is seen to be alive. Call the result to end it. */
export function reportWhileWaiting(progress: Progress, describe: () => string, everyMs = 15_000): () => void {
  const started = Date.now()
  const timer = setInterval(() => progress(`${describe()} (${elapsedSince(started, Date.now())})`), everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
