const FIRST_MS = 10_000
const LONGEST_MS = 300_000

/**
 * The kubelet's delay before the next start of a container that keeps ending: 10 s, doubled by every restart, at most
 * five minutes (Pod lifecycle, "Restarts"). Milliseconds. A container proves itself only by running longer than this.
 */
export function backOffMs(restartCount: number): number {
  if (restartCount <= 0) return 0
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(restartCount, 16))
}
