import { spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { EXIT } from '#src/cli/exit-code.ts'
import { type Shell, untilStopped } from '#src/cli/shell.ts'
import type { Config } from '#src/config/config.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { serveGit } from '#src/embedded/git-server.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import type { Page } from './page.ts'
import { SHOP } from './shop.ts'
import type { Stage } from './stage.ts'

/** What lies in the folder of a kept demo, for `demo --stop`. */
const keptSchema = z.object({ pids: z.array(z.int().positive()) })
const keptFile = (dir: string) => join(dir, 'demo.json')

export interface Kept {
  readonly stage: Stage
  readonly config: Config
  readonly configFile: string
  readonly page: Page
  readonly shell: Shell
}

/**
 * Hands everything over to processes that outlive this one: the control plane goes on as it is, the Git server and the
 * operator start again on their own, the latter as anybody would run it.
 */
export async function leaveRunning({ stage, config, configFile, page, shell }: Kept): Promise<void> {
  const { dir, git, controlPlane, cluster } = stage
  const port = new URL(git.url).port
  await git.close()
  const ours: number[] = []
  try {
    ours.push(start(shell, dir, 'git-server', ['demo-git-server', '--root', git.root, '--port', port]))
    await answers(`${stage.repositoryUrl}/info/refs?service=git-upload-pack`)
    ours.push(start(shell, dir, 'operator', ['run', '--config', configFile]))
    await answers(`http://127.0.0.1:${config.http.listen.port}/readyz`)
  } catch (error) {
    for (const pid of ours) signal(pid, 'SIGKILL')
    throw error
  }
  await cluster.close()
  const pids = [...ours.reverse(), ...controlPlane.pids]
  await writeFile(keptFile(dir), JSON.stringify({ pids }))
  controlPlane.leaveRunning()
  tellKept(page, stage, shell)
}

function tellKept(page: Page, { dir, controlPlane, repositoryUrl }: Stage, { self }: Shell): void {
  const command = self.at(-1)?.endsWith('.ts') ? 'npm run demo -- --stop' : 'aiops-operator demo --stop'
  page.heading('Left running')
  page.say(`export KUBECONFIG=${controlPlane.kubeconfig}`)
  page.table([
    ['kubectl', controlPlane.kubectl],
    ['repository', repositoryUrl],
    ['operator', `configured by ${join(dir, 'operator.yaml')}, logs to ${join(dir, 'log', 'operator.log')}`],
  ])
  page.say(`Break something yourself: commit to ${SHOP.folder}, push, and kubectl apply it.`)
  page.say(`Stop everything: ${command} ${dir}`)
}

/** A process of this program in a group of its own; gives its pid. */
function start(shell: Shell, dir: string, name: string, args: readonly string[]): number {
  const output = openSync(join(dir, 'log', `${name}.log`), 'a', 0o600)
  const [program, ...before] = shell.self
  const child = spawn(program, [...before, ...args], {
    detached: true,
    stdio: ['ignore', output, output],
    env: shell.env,
    cwd: '/',
  })
  child.unref()
  if (child.pid !== undefined) return child.pid
  throw new OperatorError('ServerFailed', `${name} could not be started`)
}

/** Milliseconds. */
const ANSWER_WITHIN = 30_000
const STOP_WITHIN = 10_000

async function answers(url: string): Promise<void> {
  const end = systemClock.monotonic() + ANSWER_WITHIN
  while (systemClock.monotonic() < end) {
    if ((await fetch(url).catch(() => undefined))?.ok) return
    await systemClock.sleep(100)
  }
  throw new OperatorError('ServerFailed', `${url} does not answer after ${ANSWER_WITHIN / 1000} s`)
}

/** The Git server of a kept demo, as a process of its own. */
export async function serveKeptRepositories(root: string, port: number, shell: Shell): Promise<number> {
  const server = await serveGit({ root, port })
  await untilStopped(shell.stop)
  await server.close()
  return EXIT.ok
}

/** Stops what `demo --keep` left running in this folder, and removes the folder. */
export async function stopKept(folder: string, shell: Shell): Promise<number> {
  const dir = resolve(folder)
  const kept = await readKept(dir)
  if (kept === undefined) {
    shell.stderr.write(`No demo was left running in ${dir}.\n`)
    return EXIT.failed
  }
  // A number may belong to somebody else by now; every process of the demo names its folder.
  const alive = await asyncFilter(kept.pids, (pid) => names(pid, dir))
  for (const pid of alive) signal(pid, 'SIGTERM')
  const end = systemClock.monotonic() + STOP_WITHIN
  let left = alive
  while (left.length > 0 && systemClock.monotonic() < end) {
    await systemClock.sleep(100)
    left = await asyncFilter(left, (pid) => names(pid, dir))
    // The API server waits for its watches' clients, which it outlives here; etcd's state goes anyway.
    if (left.length > 0 && systemClock.monotonic() > end - STOP_WITHIN + 2_000) {
      for (const pid of left) signal(-pid, 'SIGKILL')
    }
  }
  if (left.length > 0)
    throw new OperatorError('ServerFailed', `these processes do not end: ${left.join(', ')}`)
  await rm(dir, { recursive: true, force: true })
  shell.stdout.write(`${alive.length} processes stopped; ${dir} is removed.\n`)
  return EXIT.ok
}

async function readKept(dir: string): Promise<z.output<typeof keptSchema> | undefined> {
  try {
    return keptSchema.parse(JSON.parse(await readFile(keptFile(dir), 'utf8')))
  } catch {
    return undefined
  }
}

/** True while the process lives and its command line names the folder. */
async function names(pid: number, dir: string): Promise<boolean> {
  if (!existsSync('/proc/self/cmdline')) return isAlive(pid)
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return commandLine.includes(`${dir}/`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone already, which is what was wanted.
  }
}

async function asyncFilter<T>(
  items: readonly T[],
  test: (item: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const kept = await Promise.all(items.map(test))
  return items.filter((_, i) => kept[i])
}
