import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OperatorError } from '#src/domain/errors.ts'
import type { GitStore } from '#src/forge/git/git-pull-requests.ts'
import type { CommitFacts } from '#src/manifests/manifests.ts'

/** The four questions that the plain Git forge asks of `Manifests`, answered by git itself on a bare clone. */
export async function openGitStore(url: string, identity: string): Promise<GitStore> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-git-store-'))
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)('git', ['-C', folder, ...args], { maxBuffer: 64 * 1024 ** 2 })).stdout
  await git('init', '--quiet', '--bare', '.')
  const log = async (...args: readonly string[]): Promise<readonly CommitFacts[]> => {
    const text = await git('log', '--format=%H%x00%P%x00%an <%ae>%x00%cn <%ce>%x00%B%x01', ...args)
    return text
      .split('\x01')
      .map((entry) => entry.trimStart().split('\0'))
      .filter((fields) => fields.length === 5)
      .map(([sha = '', parents = '', author = '', committer = '', message = '']) => ({
        sha,
        parents: parents.split(' ').filter((parent) => parent !== ''),
        author,
        committer,
        message,
      }))
  }
  const has = (name: string) =>
    git('rev-parse', '--verify', '--quiet', `${name}^{commit}`).catch(() => undefined)
  return {
    async fetch() {
      await git('fetch', '--quiet', '--prune', url, '+refs/heads/*:refs/heads/*').catch(() => {
        throw new OperatorError('RepositoryUnreachable', 'no answer')
      })
      return (await git('rev-parse', 'main')).trim()
    },
    async branch(name) {
      const headSha = await has(`refs/heads/${name}`)
      if (headSha === undefined) return undefined
      const commits = await log(`main..refs/heads/${name}`)
      return {
        headSha: headSha.trim(),
        commits: commits.map(({ sha, author, committer, message }) => ({
          sha,
          author,
          ours: committer === identity && message.includes('Aiops-Operator-Fix: '),
        })),
      }
    },
    commit: async (sha) => ((await has(sha)) === undefined ? undefined : (await log('-1', sha))[0]),
    baseCommits: (since, limit) => log(`--max-count=${limit}`, 'main', `^${since}`),
  }
}
