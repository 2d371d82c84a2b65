import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from './clock.ts'

/** Node fires a longer timer at once; whoever sleeps so long looks again anyway. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    try {
      await wait(Math.min(milliseconds, LONGEST_TIMER_MS), undefined, signal && { signal })
    } catch (error) {
      if (!signal?.aborted) throw error
    }
  },
}
