import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'

const LOOK_MS = 20

/**
 * Looks at every child process while it runs, where the system has /proc; `stop` gives the largest resident size seen of
 * any one, in bytes. Short children may be missed.
 */
export function peakOfChildren(): { stop(): number } {
  let peak = 0
  const running = new Set<number>()
  const onProcess = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess }
    child.once('spawn', () => running.add(child.pid ?? 0))
    child.once('exit', () => running.delete(child.pid ?? 0))
  }
  subscribe('child_process', onProcess)
  const looking = setInterval(() => {
    for (const pid of running) peak = Math.max(peak, residentPeak(pid))
  }, LOOK_MS)
  looking.unref()
  return {
    stop() {
      clearInterval(looking)
      unsubscribe('child_process', onProcess)
      return peak
    },
  }
}

function residentPeak(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
