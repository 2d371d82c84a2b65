import { EXIT } from './cli/exit-code.ts'
import { runCommandLine } from './cli/program.ts'
import type { StopSignal } from './cli/shell.ts'

/** Under npm a Ctrl-C arrives twice, from the terminal and from npm: what comes so soon is the same wish. */
const SAME_WISH_MS = 500

const stopping = new AbortController()
let askedAt = 0
for (const signal of ['SIGINT', 'SIGTERM'] satisfies StopSignal[]) {
  process.on(signal, () => {
    if (!stopping.signal.aborted) {
      askedAt = performance.now()
      stopping.abort(signal)
    } else if (performance.now() - askedAt > SAME_WISH_MS) process.exit(EXIT.interrupted[signal])
  })
}

// A reader that went away (`… | head`) is no defect: stop in order, and write no more.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
    if (!stopping.signal.aborted) stopping.abort('SIGTERM')
  })
}

const [program, entry = ''] = process.argv
process.exitCode = await runCommandLine({
  args: process.argv.slice(2),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stopping.signal,
  self: [program ?? process.execPath, ...process.execArgv, entry],
})
// Nothing that is still open may keep a finished command alive; what was written goes out first.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((flushed) => stream.write('', flushed))),
)
process.exit()
