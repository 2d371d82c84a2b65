import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Person {
  readonly name: string
  readonly email: string
}

/** A clone of one repository in which one person works. */
export interface WorkTree {
  git(...args: readonly string[]): Promise<string>
  /** Fetches and checks out the remote's branch as it is now. */
  checkOut(branch: string): Promise<void>
  /** Writes the file, commits it on what is checked out; returns the SHA. */
  commit(file: string, content: string, message: string): Promise<string>
  remove(): Promise<void>
}

export async function openWorkTree(url: string, person: Person): Promise<WorkTree> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-work-tree-'))
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: person.name,
    GIT_AUTHOR_EMAIL: person.email,
    GIT_COMMITTER_NAME: person.name,
    GIT_COMMITTER_EMAIL: person.email,
  }
  const git = async (...args: readonly string[]) => {
    const { stdout } = await promisify(execFile)('git', [...args], {
      cwd: folder,
      env,
      maxBuffer: 64 * 1024 ** 2,
    })
    return stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=main', '.')
  await git('remote', 'add', 'origin', url)
  return {
    git,
    async checkOut(branch) {
      await git('fetch', '--quiet', '--prune', 'origin')
      await git('checkout', '--quiet', '-B', branch, `origin/${branch}`)
    },
    async commit(file, content, message) {
      await writeFile(join(folder, file), content)
      await git('add', '--all')
      await git('commit', '--quiet', '--message', message)
      return git('rev-parse', 'HEAD')
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
