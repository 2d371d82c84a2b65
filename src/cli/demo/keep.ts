import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import type { Shell } from '#src/cli/shell.ts'
import type { Config } from '#src/config/config.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { recordKept } from './kept-demo.ts'
import type { Page } from './page.ts'
import { SHOP } from './shop.ts'
import { signal } from './signal.ts'
import type { Stage } from './stage.ts'

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
    await cluster.close()
    await recordKept(dir, { pids: [...ours.toReversed(), ...controlPlane.pids] })
    tellKept(page, stage, shell)
  } catch (error) {
    for (const pid of ours) signal(pid, 'SIGKILL')
    throw error
  }
  controlPlane.leaveRunning() // last, so that whatever fails before still stops everything
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
  child.on('error', () => undefined) // whoever waits for its answer tells
  child.unref()
  if (child.pid !== undefined) return child.pid
  throw new OperatorError('ServerFailed', `${name} could not be started`)
}

/** Milliseconds. */
const ANSWER_WITHIN = 30_000

async function answers(url: string): Promise<void> {
  const end = systemClock.monotonic() + ANSWER_WITHIN
  while (systemClock.monotonic() < end) {
    if ((await fetch(url).catch(() => undefined))?.ok) return
    await systemClock.sleep(100)
  }
  throw new OperatorError('ServerFailed', `${url} does not answer after ${ANSWER_WITHIN / 1000} s`)
}
