import { recordActivity, timelineOf } from '../activity.ts'
import { peakOfChildren } from './peak-of-children.ts'

/** One thing done once. */
export interface Timed {
  readonly ms: number
  /** Processor time of the measuring process itself, without its children; milliseconds. */
  readonly cpu: number
  readonly renders: number
  readonly gits: number
}

/** What one process did: by what was done, every time that it was. */
export interface Laps {
  readonly times: Readonly<Record<string, readonly Timed[]>>
  readonly timeline: readonly string[]
  /** Largest resident size of the process, and of any one child; bytes. */
  readonly memory: { readonly own: number; readonly child: number }
}

export interface Stopwatch {
  time<T>(what: string, work: () => Promise<T>): Promise<T>
  stop(): Laps
}

/** Times work of this process, and counts the processes that it starts meanwhile. */
export function stopwatch(wantsTimeline: boolean): Stopwatch {
  const recorder = recordActivity()
  const children = peakOfChildren()
  const times: Record<string, Timed[]> = {}
  const timeline: string[] = []
  return {
    async time(what, work) {
      const cpu = process.cpuUsage()
      const start = performance.now()
      const result = await work()
      const end = performance.now()
      const { user, system } = process.cpuUsage(cpu)
      // Ends of processes are told a moment later.
      await new Promise((resolve) => setImmediate(resolve))
      const seen = recorder.between(start, end)
      const count = (kind: string) => seen.filter((each) => each.kind === kind).length
      times[what] ??= []
      times[what].push({
        ms: end - start,
        cpu: (user + system) / 1000,
        renders: count('other process'),
        gits: count('git process'),
      })
      if (wantsTimeline) timeline.push(`${what}: ${(end - start).toFixed(0)} ms`, ...timelineOf(seen, start))
      return result
    },
    stop() {
      recorder.stop()
      const own = process.resourceUsage().maxRSS * 1024
      return { times, timeline, memory: { own, child: children.stop() } }
    },
  }
}
