import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'

export interface ConfinedRun {
  readonly binary: string
  readonly args: readonly string[]
  /** The working folder, and everything that the program may take for its home. */
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
  /** A folder in `home` that messages name files relative to. */
  readonly hidden?: string
  /** Ends the run at once. */
  readonly stop?: AbortSignal | undefined
}

export interface ConfinedLimits {
  readonly timeMs: number
  /** Of what it prints, in bytes. */
  readonly output: number
  /** Resident, in bytes. Watched where the system has /proc; elsewhere only Go's own, soft limit holds. */
  readonly memory: number
}

const MEMORY_LOOK_MS = 50
/** Port 9 is "discard": nothing listens there. */
const NO_PROXY_THERE = 'http://127.0.0.1:9'

/**
 * Runs a Go program that renders untrusted files; gives what it prints. It finds no other program (empty PATH), no
 * configuration, no cluster and no way out by HTTP. RendererMissing when it cannot be started; RenderFailed with its own
 * last words, or the limit that it met.
 */
export function runConfined(
  { binary, args, home, env, hidden = `${home}/`, stop: stopped }: ConfinedRun,
  limits: ConfinedLimits,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, {
      cwd: home,
      env: {
        ...{ PATH: '', HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, XDG_DATA_HOME: home },
        ...{ TMPDIR: home, GOMEMLIMIT: `${Math.floor(limits.memory / 2 ** 21)}MiB` },
        ...{ HTTP_PROXY: NO_PROXY_THERE, HTTPS_PROXY: NO_PROXY_THERE, http_proxy: NO_PROXY_THERE },
        ...{ https_proxy: NO_PROXY_THERE, NO_PROXY: '', no_proxy: '' },
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limits.timeMs,
      killSignal: 'SIGKILL',
    })
    let size = 0
    let tooMuch: string | undefined
    const chunks: Buffer[] = []
    let stderr = ''
    const stop = (why: string) => {
      tooMuch ??= why
      child.kill('SIGKILL')
    }
    const watch = setInterval(async () => {
      if ((await residentBytes(child.pid)) > limits.memory) stop('it took too much memory')
    }, MEMORY_LOOK_MS)
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limits.output) stop('it printed too much')
      else chunks.push(chunk)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-8192)
    })
    const onStop = () => stop('it was stopped')
    stopped?.addEventListener('abort', onStop)
    if (stopped?.aborted) onStop()
    const ended = () => {
      clearInterval(watch)
      stopped?.removeEventListener('abort', onStop)
    }
    child.once('error', (cause) => {
      ended()
      reject(new OperatorError('RendererMissing', `${basename(binary)} cannot be started`, { cause }))
    })
    child.once('close', (code) => {
      ended()
      if (code === 0 && tooMuch === undefined) return resolve(Buffer.concat(chunks).toString('utf8'))
      const why = tooMuch ?? (code === null ? 'it took too long' : said(stderr.replaceAll(hidden, ''), home))
      reject(new OperatorError('RenderFailed', why))
    })
  })
}

const PAGE = 4096

async function residentBytes(pid: number | undefined): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return Number(statm.split(' ')[1] ?? 0) * PAGE
}

/** The program's own message in one line, without our scratch folder in it. */
function said(stderr: string, home: string): string {
  return stderr
    .replaceAll(`${home}/`, '')
    .replaceAll(home, '')
    .replaceAll(/^(level=|time=).*$/gm, '')
    .trim()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, 600)
}
