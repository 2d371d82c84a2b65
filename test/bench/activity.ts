import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

export type ActivityKind =
  | 'git process'
  | 'other process'
  | 'request to the Git server'
  | 'request to the API server'

export interface Activity {
  readonly kind: ActivityKind
  readonly what: string
  /** Of performance.now(). */
  readonly start: number
  readonly end: number
}

export interface Recorder {
  /** What began between the two moments, in order. */
  between(start: number, end: number): readonly Activity[]
  stop(): void
}

/**
 * Notes every child process and every HTTP request that this process starts, by Node's diagnostics channels: neither side
 * of a comparison needs a change to be looked at. The Git server runs in this process too: its children are its requests.
 */
export function recordActivity(): Recorder {
  const seen: Activity[] = []
  const onProcess = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess }
    const start = performance.now()
    child.once('exit', () => {
      const [program = '', ...args] = child.spawnargs
      const isServer = program.endsWith('git-http-backend')
      const kind = isServer
        ? 'request to the Git server'
        : program.endsWith('git')
          ? 'git process'
          : 'other process'
      seen.push({ kind, what: isServer ? program : briefly(args), start, end: performance.now() })
    })
  }
  const pending = new WeakMap<object, { readonly what: string; readonly start: number }>()
  const onRequest = (message: unknown) => {
    const { request } = message as { request: { method: string; path: string } }
    const what = `${request.method} ${request.path}`
    pending.set(request, { what: what.slice(0, 160), start: performance.now() })
  }
  const onAnswer = (message: unknown) => {
    const { request } = message as { request: object }
    const begun = pending.get(request)
    if (begun) seen.push({ kind: 'request to the API server', ...begun, end: performance.now() })
  }
  const channels = [
    ['child_process', onProcess],
    ['undici:request:create', onRequest],
    ['undici:request:trailers', onAnswer],
  ] as const
  for (const [channel, listener] of channels) subscribe(channel, listener)
  return {
    between: (start, end) =>
      seen.filter((each) => each.start >= start && each.start <= end).sort((a, b) => a.start - b.start),
    stop() {
      for (const [channel, listener] of channels) unsubscribe(channel, listener)
    },
  }
}

/** The subcommand and its first words. */
function briefly(args: readonly string[]): string {
  return args
    .filter((arg) => arg !== '-c' && !arg.startsWith('fetch.'))
    .join(' ')
    .slice(0, 100)
}

/** `+offset duration what`, one line each. */
export function timelineOf(activities: readonly Activity[], start: number): readonly string[] {
  return activities.map(({ kind, what, start: began, end }) => {
    const column = (ms: number) => ms.toFixed(0).padStart(5)
    return `${column(began - start)} ms ${column(end - began)} ms  ${kind.padEnd(26)} ${what}`
  })
}
