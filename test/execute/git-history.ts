import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'
import type { Json } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { MergeHistory } from '#src/execute/merge-in-git.ts'

/** Fields of one workload, each in a file of its own so that Git merges changes of different ones; null removes it. */
export type Web = Readonly<Record<'image' | 'memory' | 'replicas' | 'env' | 'args' | 'labels', Json>>

/**
 * A real repository with the branch main and the part of `Manifests` that merges are read from; rendering puts the
 * files together. What the real renderers do is for the tests of manifests.
 */
export async function openHistory() {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-execute-test-'))
  after(() => rm(folder, { recursive: true, force: true }))
  const run = promisify(execFile)
  const git = async (...args: readonly string[]): Promise<string> =>
    (await run('git', [...args], { cwd: folder, env: ENVIRONMENT })).stdout.trim()
  const succeeds = (...args: readonly string[]) =>
    git(...args).then(
      () => true,
      () => false,
    )
  const save = async (change: Partial<Web>) => {
    for (const [field, value] of Object.entries(change)) {
      const file = join(folder, field)
      await (value === null ? rm(file) : writeFile(file, JSON.stringify(value)))
    }
    await git('add', '--all')
  }
  const commit = async (change: Partial<Web>, message = 'Change'): Promise<string> => {
    await save(change)
    await git('commit', '--quiet', '--allow-empty', '-m', message)
    return git('rev-parse', 'HEAD')
  }
  const history: MergeHistory = {
    mergeBase: (a, b) => git('merge-base', a, b).catch(() => undefined),
    isAncestor: (a, b) => succeeds('merge-base', '--is-ancestor', a, b),
    async commit(sha) {
      if (!(await succeeds('cat-file', '-e', `${sha}^{commit}`))) return undefined
      const parents = await git('show', '-s', '--format=%P', sha)
      return {
        sha,
        parents: parents === '' ? [] : parents.split(' '),
        author: '',
        committer: '',
        message: '',
      }
    },
    async renderAt(_source, _target, revision) {
      const files = (await git('ls-tree', '--name-only', revision)).split('\n')
      if (!files.includes('image')) return undefined
      const read = async (file: string) =>
        [file, JSON.parse(await git('show', `${revision}:${file}`)) as Json] as const
      return render(Object.fromEntries(await Promise.all(files.map(read))))
    },
  }
  await git('init', '--quiet', '--initial-branch=main')
  await commit({ image: 'web:1', memory: '64Mi', env: { MODE: 'a', LOG: 'b' }, args: ['serve'] }, 'First')
  return { history, git, save, commit }
}

export type History = Awaited<ReturnType<typeof openHistory>>

function render({ image, memory, replicas, env, args, labels }: Partial<Web>): KubeObject {
  const container = {
    name: 'web',
    image,
    ...(args === undefined ? {} : { args }),
    env: Object.entries(env ?? {}).map(([name, value]) => ({ name, value })),
    resources: memory === undefined ? {} : { limits: { memory } },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', labels: (labels ?? {}) as Record<string, string> },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      template: { spec: { containers: [container] } },
    },
    status: { observedIn: JSON.stringify(image ?? null) },
  }
}

const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada Person',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada Person',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
}
