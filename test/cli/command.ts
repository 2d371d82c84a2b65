import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '../../src/main.ts')

/** A command line of ours as a child process, with a temporary folder of its own for all that it leaves. */
export interface Command {
  readonly process: ChildProcess
  readonly stdout: string
  readonly stderr: string
  /** Resolves once standard output matches; rejects when the process ends before that. */
  shows(pattern: RegExp): Promise<RegExpExecArray>
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** The part of node:test's context that is needed. */
interface Cleanup {
  after(work: () => Promise<void>): void
}

export async function privateFolder(t: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-cli-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** `program`: what Node is given in front of the arguments; our sources unless told otherwise. */
export function start(
  t: Cleanup,
  folder: string,
  args: readonly string[],
  program: readonly string[] = [MAIN],
  node = process.execPath,
): Command {
  const child = spawn(node, [...program, ...args], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder, KUBECONFIG: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? -1))
  })
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await ended
  })
  const text = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text.stdout += part
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text.stderr += part
  })
  return {
    process: child,
    ended,
    get stdout() {
      return text.stdout
    },
    get stderr() {
      return text.stderr
    },
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(text.stdout)
          if (found) resolve(found)
        }
        child.stdout.on('data', look)
        child.on('close', () => reject(new Error(`ended before ${pattern}:\n${text.stdout}\n${text.stderr}`)))
        look()
      }),
  }
}

/** Command lines of living processes that name the folder. */
export async function processesOf(folder: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(folder)).map((line) => line.replaceAll('\0', ' '))
}
