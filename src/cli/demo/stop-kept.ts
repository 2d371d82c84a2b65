import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { EXIT } from '#src/cli/exit-code.ts'
import type { Shell } from '#src/cli/shell.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { runCommand } from '#src/embedded/run-command.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { readKept } from './kept-demo.ts'
import { signal } from './signal.ts'

/** Milliseconds. */
const SIGKILL_FOR = 10_000
/** The API server would wait for its watches' clients; the state goes anyway, so nobody is given more. Milliseconds. */
const SIGTERM_FOR = 2_000

/** Stops what `demo --keep` left running in this folder, and removes the folder. */
export async function stopKept(folder: string, shell: Shell): Promise<number> {
  const dir = resolve(folder)
  const kept = await readKept(dir)
  if (kept === undefined) {
    shell.stderr.write(`No demo was left running in ${dir}.\n`)
    return EXIT.failed
  }
  const alive = await living(kept.pids, dir)
  for (const pid of alive) signal(pid, 'SIGTERM')
  const left = (await endedWithin(alive, dir, SIGTERM_FOR)) ? [] : await living(alive, dir)
  for (const pid of left) signal(-pid, 'SIGKILL')
  if (!(await endedWithin(left, dir, SIGKILL_FOR))) {
    throw new OperatorError('ServerFailed', `these processes do not end: ${left.join(', ')}`)
  }
  await rm(dir, { recursive: true, force: true })
  shell.stdout.write(`${alive.length} processes stopped; ${dir} is removed.\n`)
  return EXIT.ok
}

async function endedWithin(pids: readonly number[], dir: string, ms: number): Promise<boolean> {
  const end = systemClock.monotonic() + ms
  while ((await living(pids, dir)).length > 0) {
    if (systemClock.monotonic() >= end) return false
    await systemClock.sleep(50)
  }
  return true
}

/** Those whose command line names the folder, as every process of the demo does: a number may be somebody else's by now. */
async function living(pids: readonly number[], dir: string): Promise<readonly number[]> {
  const lines = await Promise.all(pids.map(commandLine))
  return pids.filter((_, i) => lines[i]?.includes(`${dir}/`))
}

async function commandLine(pid: number): Promise<string> {
  if (existsSync('/proc/self/cmdline')) return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return (await runCommand('ps', ['-o', 'command=', '-p', String(pid)], { cwd: '/' })).stdout
}
