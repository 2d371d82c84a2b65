import { lstat, readFile, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { localEnvironment } from '#src/manifests/git/git-environment.ts'
import { localGit } from '#src/manifests/git/git-process.ts'

export interface CheckedOut {
  readonly commit: string | undefined
  /** The remote `origin` without credentials. */
  readonly url: string | undefined
}

const NOTHING: CheckedOut = { commit: undefined, url: undefined }
/** A configuration may include a pipe that nobody writes to. */
const TIME_LIMIT_MS = 5_000

/**
 * The commit that is checked out in a folder, and its remote. Git is asked two things that run no program whatever the
 * configuration says. Nothing is told of a `.git` that leads to a repository which does not know this folder.
 */
export async function checkedOut(
  folder: string,
  inherited: NodeJS.ProcessEnv,
  home: string,
): Promise<CheckedOut> {
  const gitDir = await gitFolder(folder)
  if (gitDir === undefined) return NOTHING
  const git = localGit(localEnvironment({ inherited, gitDir, home }), home, { timeLimit: TIME_LIMIT_MS })
  const ask = async (...args: readonly string[]) => {
    const answer = await git(args, { accept: [0, 1, 128] }).catch(() => undefined)
    const text = answer?.code === 0 ? answer.stdout.toString('utf8').trim() : ''
    return text === '' ? undefined : text
  }
  const head = await ask('rev-parse', '--verify', '--quiet', 'HEAD')
  const remote = await ask('config', '--local', '--get', 'remote.origin.url')
  return {
    commit: head !== undefined && /^[0-9a-f]{40,64}$/.test(head) ? head : undefined,
    url: remote?.replace(/\/\/[^/]*@/, '//').replaceAll(/\p{Cc}/gu, ' '),
  }
}

/** The repository's folder: `.git`, or where a file of that name leads. */
async function gitFolder(folder: string): Promise<string | undefined> {
  const place = join(folder, '.git')
  const facts = await lstat(place).catch(() => undefined)
  if (facts?.isDirectory()) return (await isReadable(place)) ? place : undefined
  if (facts?.isFile() !== true) return undefined
  const named = /^gitdir: (.+)$/m.exec(await shortText(place))?.[1]
  if (named === undefined) return undefined
  const gitDir = resolve(folder, named)
  const isInside = !/^\.\.(\/|$)/.test(relative(folder, gitDir)) && !isAbsolute(relative(folder, gitDir))
  if (!isInside && !(await knows(gitDir, folder))) return undefined
  return (await isReadable(gitDir)) ? gitDir : undefined
}

/** A worktree's folder in the repository names the worktree; a submodule's one has it in its configuration. */
async function knows(gitDir: string, folder: string): Promise<boolean> {
  const back = (await shortText(join(gitDir, 'gitdir'))).trim()
  if (back !== '') return (await samePlace(gitDir, back)) === join(folder, '.git')
  const worktree = /^\s*worktree\s*=\s*"?([^"\n]+?)"?\s*$/m.exec(await shortText(join(gitDir, 'config')))?.[1]
  return worktree !== undefined && (await samePlace(gitDir, worktree)) === folder
}

/** A path with the links of its folder followed. */
async function samePlace(from: string, path: string): Promise<string> {
  const place = resolve(from, path)
  return realpath(place).catch(() => place)
}

/** Git would wait for somebody to write into a pipe. */
async function isReadable(gitDir: string): Promise<boolean> {
  for (const name of ['HEAD', 'config', 'commondir', 'packed-refs', 'config.worktree']) {
    const facts = await stat(join(gitDir, name)).catch(() => undefined)
    if (facts !== undefined && !facts.isFile()) return false
  }
  return true
}

const SHORT = 65_536

async function shortText(place: string): Promise<string> {
  const facts = await lstat(place).catch(() => undefined)
  if (facts?.isFile() !== true || facts.size > SHORT) return ''
  return readFile(place, 'utf8').catch(() => '')
}
