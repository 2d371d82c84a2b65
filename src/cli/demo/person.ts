import { devNull } from 'node:os'
import { join } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import { runCommand } from '#src/embedded/run-command.ts'

/** Somebody who works with real git in a clone of their own, as configured by nobody else. */
export interface Person {
  readonly name: string
  readonly clone: string
  /** Standard output of one git command in the clone. */
  git(...args: readonly string[]): Promise<string>
}

export const DANA = { name: 'Dana Developer', email: 'dana@example.com' } as const
export const ROBIN = { name: 'Robin Reviewer', email: 'robin@example.com' } as const

/** Clones the repository into a folder of the person's name. Throws ServerFailed with what git said. */
export async function personWithClone(
  { name, email }: { readonly name: string; readonly email: string },
  url: string,
  folder: string,
  inherited: NodeJS.ProcessEnv,
): Promise<Person> {
  const clone = join(folder, name.split(' ')[0]?.toLowerCase() ?? name)
  const env = {
    PATH: inherited['PATH'],
    HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  }
  const gitIn = async (cwd: string, args: readonly string[]) => {
    const { code, stdout, stderr } = await runCommand('git', args, { cwd, env })
    if (code === 0) return stdout
    throw new OperatorError('ServerFailed', `git ${args[0]} of ${name} failed: ${stderr.trim()}`)
  }
  await gitIn(folder, ['clone', '--quiet', url, clone])
  return { name, clone, git: (...args) => gitIn(clone, args) }
}
