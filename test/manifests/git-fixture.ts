import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { type GitServer, serveGit } from '#src/embedded/git-server.ts'

const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada Person',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada Person',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
}

/** A person's clone of a repository on a real Git server. */
export interface PersonsClone {
  readonly folder: string
  git(...args: readonly string[]): Promise<string>
  /** Writes files (null removes one), commits and pushes; returns the commit. */
  commit(files: Files, message?: string, branch?: string): Promise<string>
}

/** Contents by path; a link is `{ link: target }`. */
export type Files = Readonly<Record<string, string | Uint8Array | { readonly link: string } | null>>

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-manifests-test-'))
  after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A Git server of this test file's own. */
export async function gitServer(auth?: { user: string; password: string }): Promise<GitServer> {
  const root = await temporaryFolder()
  const server = await serveGit(auth === undefined ? { root } : { root, auth })
  after(() => server.close())
  return server
}

export async function personsClone(server: GitServer, name: string): Promise<PersonsClone> {
  const folder = await temporaryFolder()
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)('git', [...args], { cwd: folder, env: ENVIRONMENT })).stdout.trim()
  await git('clone', '--quiet', join(server.root, `${name}.git`), '.')
  await git('symbolic-ref', 'HEAD', 'refs/heads/main')
  return {
    folder,
    git,
    async commit(files, message = 'Change manifests', branch = 'main') {
      for (const [path, content] of Object.entries(files)) await put(join(folder, path), content)
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '-m', message)
      await git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`)
      return git('rev-parse', 'HEAD')
    },
  }
}

async function put(path: string, content: Files[string] | undefined): Promise<void> {
  await rm(path, { force: true })
  if (content === null || content === undefined) return
  await mkdir(dirname(path), { recursive: true })
  if (typeof content === 'object' && 'link' in content) await symlink(content.link, path)
  else await writeFile(path, content)
}

/** A new repository with a first commit. */
export async function repositoryWith(
  server: GitServer,
  files: Files,
): Promise<{ url: string; name: string; person: PersonsClone; first: string }> {
  const name = `infra-${Math.random().toString(36).slice(2, 10)}`
  const url = await server.createRepository(name)
  const person = await personsClone(server, name)
  const first = await person.commit(files, 'First')
  return { url, name, person, first }
}

export function repositorySpec(url: string, changes: Partial<RepositorySpec> = {}): RepositorySpec {
  return {
    name: 'infra',
    url,
    branch: 'main',
    forge: { type: 'git', allowUnreviewed: true },
    paths: [{ path: 'apps' }],
    namespaces: ['shop'],
    mode: 'apply',
    pullRequest: { branchPrefix: 'aiops-operator/', labels: [], includeLogs: false },
    ...changes,
  }
}
