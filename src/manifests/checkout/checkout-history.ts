import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import { gitCatFile } from '#src/manifests/git/git-cat-file.ts'
import { gitCommits } from '#src/manifests/git/git-commits.ts'
import { type GitEnvironmentOptions, localEnvironment } from '#src/manifests/git/git-environment.ts'
import { BLOB_LIMIT, type GitObjects, gitObjects } from '#src/manifests/git/git-objects.ts'
import { type LocalGit, localGit } from '#src/manifests/git/git-process.ts'

/** The commits behind a checkout, read-only. */
export interface CheckoutHistory {
  /** The commit that is checked out. */
  readonly head: string
  readonly commits: ReturnType<typeof gitCommits>
  readonly objects: GitObjects
}

/**
 * The history of a checkout, undefined where the folder is not the top of one or has no commit. Objects are read through
 * an empty store of our own (`objects/info/alternates`), so that no setting of a repository that nobody vouches for
 * counts: filters, hooks, signature programs, remotes.
 */
export async function checkoutHistory(
  folder: string,
  state: string,
  environment: Omit<GitEnvironmentOptions, 'gitDir'>,
): Promise<CheckoutHistory | undefined> {
  const gitOf = (gitDir: string): LocalGit => localGit(localEnvironment({ ...environment, gitDir }), state)
  const place = await commonFolder(gitOf(join(folder, '.git')), folder)
  if (place === undefined) return undefined
  const store = join(state, 'history.git')
  const git = gitOf(store)
  await git(['init', '--quiet', '--bare', '--template=', store])
  await writeFile(join(store, 'objects', 'info', 'alternates'), `${join(place.common, 'objects')}\n`)
  const read = gitCatFile(localEnvironment({ ...environment, gitDir: store }), store, BLOB_LIMIT)
  return { head: place.head, commits: gitCommits(git, read), objects: gitObjects(git, read, NO_REMOTE) }
}

async function commonFolder(git: LocalGit, folder: string) {
  const accept = [0, 1, 128]
  const head = await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { accept })
  const common = await git(['rev-parse', '--git-common-dir'], { accept, cwd: folder })
  if (head.code !== 0 || common.code !== 0) return undefined
  return {
    head: head.stdout.toString('utf8').trim(),
    common: resolve(folder, common.stdout.toString('utf8').replace(/\n$/, '')),
  }
}

/** What a partial clone lacks is not downloaded. */
const NO_REMOTE = {
  async fetchObjects(): Promise<void> {
    throw new OperatorError('RenderFailed', 'the checkout lacks objects of earlier commits')
  },
}
