import { readFile } from 'node:fs/promises'
import { OperatorError } from '#src/domain/errors.ts'
import { type Config, parseConfig } from './config.ts'
import type { ConfigSources } from './config-sources.ts'
import { formatProblem } from './problem.ts'

export interface LoadConfigOptions extends Omit<ConfigSources, 'file'> {
  /** Path of the configuration file; without it there are variables, flags and defaults. */
  readonly path?: string
}

/** Reads the configuration from all its sources. Throws ConfigInvalid with every problem, a line each. */
export async function loadConfig({ path, env, flags }: LoadConfigOptions): Promise<Config> {
  const file = path === undefined ? undefined : await readText(path)
  const parsed = parseConfig({
    ...(file !== undefined && { file }),
    ...(env && { env }),
    ...(flags && { flags }),
  })
  if (parsed.ok) return parsed.config
  const { length } = parsed.problems
  const lines = parsed.problems.map((problem) => `\n  ${formatProblem(problem)}`)
  throw new OperatorError(
    'ConfigInvalid',
    `${length} ${length === 1 ? 'problem' : 'problems'}${lines.join('')}`,
    {
      object: path ?? 'configuration',
    },
  )
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new OperatorError('ConfigInvalid', `cannot be read (${code})`, { object: path, cause })
  }
}
