import { execFile } from 'node:child_process'
import { join } from 'node:path'

/** The least that Git needs to be told, one plain command each, in a bare clone that is complete. */
export interface FloorGit {
  /** Returns the tip of `main`. */
  fetch(): Promise<string>
  read(commit: string, path: string): Promise<string>
  commit(parent: string, path: string, text: string, message: string): Promise<string>
  push(commit: string, branch: string): Promise<void>
  mergeBase(a: string, b: string): Promise<string>
}

export async function openFloorGit(folder: string, url: string): Promise<FloorGit> {
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_DIR: folder,
    GIT_INDEX_FILE: join(folder, 'index'),
    GIT_AUTHOR_NAME: 'Floor',
    GIT_AUTHOR_EMAIL: 'floor@shop.example',
    GIT_COMMITTER_NAME: 'Floor',
    GIT_COMMITTER_EMAIL: 'floor@shop.example',
  }
  const git = (args: readonly string[], input?: string) =>
    new Promise<string>((resolve, reject) => {
      const child = execFile('git', [...args], { env }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      )
      child.stdin?.on('error', () => undefined) // not every command reads to the end
      child.stdin?.end(input ?? '')
    })
  await git(['init', '--quiet', '--bare', '--template=', folder])
  await git(['remote', 'add', 'origin', url])
  return {
    async fetch() {
      await git(['fetch', '--quiet', 'origin', '+refs/heads/main:refs/remotes/origin/main'])
      return (await git(['rev-parse', 'refs/remotes/origin/main'])).trim()
    },
    read: (commit, path) => git(['show', `${commit}:${path}`]),
    async commit(parent, path, text, message) {
      const blob = (await git(['hash-object', '-w', '--stdin'], text)).trim()
      await git(['read-tree', parent])
      await git(['update-index', '--cacheinfo', `100644,${blob},${path}`])
      const tree = (await git(['write-tree'])).trim()
      return (await git(['commit-tree', '-p', parent, '-m', message, tree])).trim()
    },
    async push(commit, branch) {
      await git(['push', '--quiet', 'origin', `${commit}:refs/heads/${branch}`])
    },
    mergeBase: async (a, b) => (await git(['merge-base', a, b])).trim(),
  }
}
