import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { runApart } from './apart.ts'

export interface LabServer {
  /** What the lab exports for those who use the server; `$PATH` stands for theirs. */
  readonly env: Readonly<Record<string, string>>
  down(): Promise<void>
}

/** The `lab` command beside the checkout, if it is there. */
export function findLab(): string | undefined {
  const path = resolve(import.meta.dirname, '../../../shared/lab/lab')
  return existsSync(path) ? path : undefined
}

/**
 * Starts one server of the lab in a folder of its own; `env` says what it attaches to. Whatever happens on the way (it does not start, the signal fires),
 * nothing of it is left behind.
 */
export async function labUp(
  lab: string,
  name: 'node' | 'ollama' | 'flux' | 'argocd',
  dir: string,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LabServer> {
  const down = () => runApart(lab, ['down', name, '--dir', dir])
  try {
    await runApart(lab, ['up', name, '--dir', dir], signal, env)
    signal.throwIfAborted()
    const { stdout } = await promisify(execFile)(lab, ['env', name, '--dir', dir])
    return { env: exportsOf(stdout), down }
  } catch (error) {
    await down()
    throw error
  }
}

/** Whether every one of these was built before; asks the lab, builds nothing. */
export async function isBuilt(lab: string, names: readonly string[]): Promise<boolean> {
  const { stdout } = await promisify(execFile)(lab, ['list'])
  const built = stdout.split('\n').map((line) => line.split(/\s+/))
  return names.every((wanted) => built.some(([name, , state]) => name === wanted && state === 'built'))
}

/** Builds one tool of the lab, minutes the first time; gives the path of its binary. */
export async function labTool(
  lab: string,
  name: string,
  binary: string,
  signal: AbortSignal,
): Promise<string> {
  await runApart(lab, ['build', name], signal)
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return join(process.env['LAB_CACHE'] || join(cache, 'aiops-operator-lab'), 'bin', binary)
}

function exportsOf(text: string): Record<string, string> {
  const lines = text.matchAll(/^export (\w+)="(.*)"$/gm)
  return Object.fromEntries([...lines].map(([, name, value]) => [name ?? '', value ?? '']))
}
