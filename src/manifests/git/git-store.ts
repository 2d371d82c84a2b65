import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { digest } from '#src/domain/digest.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { openScratch, type Scratch } from '#src/manifests/scratch.ts'
import { gitCatFile, type ReadObject } from './git-cat-file.ts'
import { type GitCommits, gitCommits } from './git-commits.ts'
import type { MintToken } from './git-credentials.ts'
import { type GitEnvironmentOptions, localEnvironment } from './git-environment.ts'
import { BLOB_LIMIT } from './git-objects.ts'
import { type LocalGit, localGit } from './git-process.ts'
import { type GitRemote, gitRemote } from './git-remote.ts'
import { MIRROR, type MirroredHeads, mirroredHeads } from './mirrored-heads.ts'
import { rememberingGit } from './remembering-git.ts'
import { remoteUrl } from './remote-url.ts'
import { type SingleFlight, singleFlight } from './single-flight.ts'

export interface GitStore {
  readonly git: LocalGit
  readonly read: ReadObject
  readonly commits: GitCommits
  readonly remote: GitRemote
  readonly scratch: Scratch
  /** Brings the mirror up to date, as of the call or of `since`; returns the tip of the base branch. */
  readonly fetch: SingleFlight<string>
  /** The commit a mirrored branch stands at, as of the last fetch or push. */
  head(branch: string): Promise<string | undefined>
  /** Notes what a push made of a branch, before the next fetch sees it. */
  noteHead(branch: string, commit: string | undefined): void
}

export interface GitStoreOptions {
  readonly stateFolder: string
  readonly inherited: NodeJS.ProcessEnv
  /** Instead of the token that the repository's credentials name. */
  readonly mint?: MintToken
  readonly allowFileUrls: boolean
  /** Of one conversation with the remote, in milliseconds. */
  readonly timeLimit: number
  /** Ends every git process of this store. */
  readonly stop?: AbortSignal
}

/**
 * Opens, and first makes, the one bare partial clone (`blob:none`, whole history) of a repository. Nothing here talks
 * to the remote yet. A crash at any point leaves either no store or a usable one.
 */
export async function openStore(spec: RepositorySpec, options: GitStoreOptions): Promise<GitStore> {
  const remote = remoteUrl(spec, options.allowFileUrls)
  const { stop } = options
  const folder = folderOf(spec, options.stateFolder)
  const home = join(folder, 'home')
  await mkdir(home, { recursive: true, mode: 0o700 })
  const environment: GitEnvironmentOptions = {
    inherited: options.inherited,
    gitDir: join(folder, 'store.git'),
    home,
  }
  await ensureStore(folder, environment)
  const local = localEnvironment(environment)
  const git = rememberingGit(localGit(local, environment.gitDir, { stop }))
  const read = gitCatFile(local, environment.gitDir, BLOB_LIMIT, stop)
  const heads = mirroredHeads(read, () => performance.now())
  const conversation = gitRemote({
    spec,
    remote,
    environment,
    timeLimit: options.timeLimit,
    stop,
    ...(options.mint && { mint: options.mint }),
  })
  const scratch = await openScratch(join(folder, 'scratch'))
  let fetches = 0
  let tidying: Promise<unknown> = Promise.resolve()
  const fetch = singleFlight(
    async () => {
      await tidying
      const tip = await withStaleLocksRemoved(environment.gitDir, () =>
        fetchMirror(spec, heads, conversation),
      )
      // Every fetch may leave a pack. Nobody waits for this, and what cannot be tidied now is tidied another time.
      if (fetches++ % FETCHES_PER_TIDY === 0) tidying = git(['gc', '--auto', '--quiet']).catch(() => {})
      return tip
    },
    () => performance.now(),
  )
  return {
    git,
    read,
    commits: gitCommits(git, read),
    remote: conversation,
    scratch,
    fetch,
    head: heads.read,
    noteHead: heads.note,
  }
}

async function ensureStore(folder: string, environment: GitEnvironmentOptions): Promise<void> {
  if (await stat(environment.gitDir).catch(() => undefined)) return
  const making = await mkdtemp(join(folder, 'making-'))
  try {
    const git = localGit(localEnvironment({ ...environment, gitDir: making }), making)
    await git(['init', '--bare', '--quiet', '--template=', making])
    await git(['config', 'core.repositoryFormatVersion', '1'])
    await git(['config', 'extensions.partialClone', 'origin'])
    await git(['config', 'remote.origin.promisor', 'true'])
    await git(['config', 'remote.origin.partialCloneFilter', 'blob:none'])
    await rename(making, environment.gitDir)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    // Another process may have been quicker.
    if (!(await stat(environment.gitDir).catch(() => undefined))) throw error
  }
}

async function fetchMirror(spec: RepositorySpec, heads: MirroredHeads, remote: GitRemote): Promise<string> {
  const { branch } = spec
  const prefix = spec.pullRequest.branchPrefix
  const began = performance.now()
  const refspecs = [`+refs/heads/${branch}:${MIRROR}${branch}`, `+refs/heads/${prefix}*:${MIRROR}${prefix}*`]
  try {
    const isFirst = (await heads.read(branch)) === undefined
    // A fetch that failed may have moved some of the refs as well.
    await remote.fetchRefs(refspecs, isFirst ? 'no blobs' : 'small blobs').finally(() => heads.changed(began))
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'BranchMissing') throw error
    const names = await remote.heads()
    const [code, message] =
      names.length === 0
        ? (['RepositoryEmpty', 'the repository has no branches yet'] as const)
        : (['BranchMissing', `the repository has no branch ${branch}`] as const)
    throw new OperatorError(code, message, { object: `repository ${spec.name}` })
  }
  const tip = await heads.read(branch)
  if (tip === undefined) throw new OperatorError('Internal', `the fetched branch ${branch} has no commit`)
  return tip
}

const FETCHES_PER_TIDY = 20

/** git holds a lock file for the time of a rename; an older one was left by a process that was killed. */
const LOCK_AGE_MS = 10_000

/** Repeats the work once when lock files of a killed git stood in its way. */
async function withStaleLocksRemoved<T>(gitDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof OperatorError) || (await removeStaleLocks(gitDir)) === 0) throw error
    return work()
  }
}

async function removeStaleLocks(gitDir: string): Promise<number> {
  const names = await readdir(gitDir, { recursive: true })
  let removed = 0
  for (const name of names.filter((each) => each.endsWith('.lock'))) {
    const facts = await stat(join(gitDir, name)).catch(() => undefined)
    if (facts === undefined || Date.now() - facts.mtimeMs < LOCK_AGE_MS) continue
    await rm(join(gitDir, name), { force: true })
    removed += 1
  }
  return removed
}

/** Removes all that is kept of a repository. Nobody may use its store any more. */
export async function removeStore(
  spec: Pick<RepositorySpec, 'name' | 'url'>,
  stateFolder: string,
): Promise<void> {
  await rm(folderOf(spec, stateFolder), { recursive: true, force: true, maxRetries: 3 })
}

function folderOf({ name, url }: Pick<RepositorySpec, 'name' | 'url'>, stateFolder: string): string {
  return join(stateFolder, `${fileName(name)}-${digest(url).slice(0, 12)}`)
}

function fileName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 60)
}
