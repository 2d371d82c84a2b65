import type { Writable } from 'node:stream'

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** The process as the commands see it: only main.ts touches the real one. */
export interface Shell {
  /** The command line after the program's name. */
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly stdout: Writable
  readonly stderr: Writable
  /** Aborts when the process is asked to end; the reason is the signal's name. */
  readonly stop: AbortSignal
  /** Program and arguments in front that start this command line again. */
  readonly self: readonly [program: string, ...args: string[]]
}

/** Resolves with the signal's name once the process is asked to end. */
export function untilStopped(stop: AbortSignal): Promise<StopSignal> {
  return new Promise((resolve) => {
    const told = () => resolve(stop.reason === 'SIGINT' ? 'SIGINT' : 'SIGTERM')
    if (stop.aborted) told()
    else stop.addEventListener('abort', told, { once: true })
  })
}
