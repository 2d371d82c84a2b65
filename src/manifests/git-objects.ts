import { digest } from '#src/domain/digest.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { BoundedCache } from './bounded-cache.ts'
import type { LocalGit } from './git-process.ts'
import type { GitRemote } from './git-remote.ts'

/** One file of a commit. `link` holds the target's text as its content. */
export interface TreeEntry {
  readonly type: 'file' | 'link'
  /** Octal, as in git: 100644, 100755, 120000. */
  readonly mode: string
  /** The blob. */
  readonly id: string
}

/** Every file of one commit by its path from the repository's root; submodules are left out. */
export interface GitTree {
  /** Identifies the content: two commits with the same files have the same. */
  readonly id: string
  readonly entries: ReadonlyMap<string, TreeEntry>
}

export interface GitObjects {
  tree(commit: string): Promise<GitTree>
  /**
   * The contents of blobs, from memory, else from the store, else from the remote in one go. Blobs beyond the size limit
   * are left out.
   */
  blobs(ids: Iterable<string>): Promise<ReadonlyMap<string, Buffer>>
}

/** A manifest larger than this is not one that a person wrote. */
export const BLOB_LIMIT = 4 * 2 ** 20
const MEMORY_FOR_BLOBS = 64 * 2 ** 20
const MEMORY_FOR_TREES = 200_000

export function gitObjects(git: LocalGit, remote: Pick<GitRemote, 'fetchObjects'>): GitObjects {
  const trees = new BoundedCache<GitTree>(MEMORY_FOR_TREES)
  const reading = new Map<string, Promise<GitTree>>()
  const contents = new BoundedCache<Buffer>(MEMORY_FOR_BLOBS)
  const oversized = new BoundedCache<true>(10_000)
  return {
    async tree(commit) {
      const known = trees.get(commit)
      if (known) return known
      const tree = reading.get(commit) ?? readTree(git, commit).finally(() => reading.delete(commit))
      reading.set(commit, tree)
      trees.set(commit, await tree, (await tree).entries.size + 1)
      return tree
    },
    async blobs(ids) {
      const found = new Map<string, Buffer>()
      const wanted = new Set<string>()
      for (const id of ids) {
        const known = contents.get(id)
        if (known) found.set(id, known)
        else if (oversized.get(id) === undefined) wanted.add(id)
      }
      if (wanted.size === 0) return found
      for (const [id, content] of await readBlobs(git, await sizesOf(git, remote, wanted))) {
        found.set(id, content)
        contents.set(id, content, content.length + 100)
      }
      for (const id of wanted) if (!found.has(id)) oversized.set(id, true)
      return found
    },
  }
}

const UNUSABLE_NAMES: ReadonlySet<string> = new Set(['', '.', '..', '.git'])

async function readTree(git: LocalGit, commit: string): Promise<GitTree> {
  const { stdout } = await git(['ls-tree', '-r', '-z', '--full-tree', commit])
  const id = digest(stdout.toString('latin1'))
  const entries = new Map<string, TreeEntry>()
  for (const record of stdout.toString('utf8').split('\0')) {
    const tab = record.indexOf('\t')
    const [mode = '', type = '', object = ''] = record.slice(0, Math.max(tab, 0)).split(' ')
    const path = record.slice(tab + 1)
    // git itself never checks such names out; a hostile server may still send them.
    if (tab < 0 || type !== 'blob' || path.split('/').some((name) => UNUSABLE_NAMES.has(name))) continue
    entries.set(path, { type: mode === '120000' ? 'link' : 'file', mode, id: object })
  }
  return { id, entries }
}

/**
 * Sizes by id. Downloads first what the partial clone lacks, all at once. Nearly always it lacks nothing: git then says
 * the sizes at once, and fails (it may not fetch here) or reports the object missing where it does lack something.
 */
async function sizesOf(
  git: LocalGit,
  remote: Pick<GitRemote, 'fetchObjects'>,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const present = await checkSizes(git, ids, [0, 128])
  if (present !== undefined) return present
  const missing = await missingBlobs(git, ids)
  if (missing.length > 0) await remote.fetchObjects(missing)
  return (await checkSizes(git, ids, [0])) ?? new Map()
}

/** Undefined when at least one is missing. */
async function checkSizes(
  git: LocalGit,
  ids: ReadonlySet<string>,
  accept: readonly number[],
): Promise<ReadonlyMap<string, number> | undefined> {
  const { code, stdout } = await git(
    ['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'],
    {
      input: `${[...ids].join('\n')}\n`,
      accept,
    },
  )
  const sizes = new Map<string, number>()
  for (const line of stdout.toString().split('\n')) {
    const [id = '', type, size] = line.split(' ')
    if (type === 'blob') sizes.set(id, Number(size))
  }
  return code === 0 && (accept.length === 1 || sizes.size === ids.size) ? sizes : undefined
}

/** Asked of `rev-list` over a made-up tree: the one command that reports missing objects without fetching each. */

async function missingBlobs(git: LocalGit, ids: ReadonlySet<string>): Promise<readonly string[]> {
  const listing = [...ids].map((id, i) => `100644 blob ${id}\t${i}\n`).join('')
  const tree = (await git(['mktree', '--missing'], { input: listing })).stdout.toString().trim()
  const { stdout } = await git(['rev-list', '--objects', '--missing=print', '--no-object-names', tree])
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('?'))
    .map((line) => line.slice(1))
}

async function readBlobs(
  git: LocalGit,
  sizes: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, Buffer>> {
  const small = [...sizes].filter(([, size]) => size <= BLOB_LIMIT).map(([id]) => id)
  const found = new Map<string, Buffer>()
  if (small.length === 0) return found
  const { stdout } = await git(['cat-file', '--batch'], { input: `${small.join('\n')}\n` })
  let at = 0
  while (at < stdout.length) {
    const end = stdout.indexOf(10, at)
    const [id = '', type, size] = stdout.subarray(at, end).toString().split(' ')
    if (type !== 'blob') throw new OperatorError('Internal', `git cat-file cannot read the object ${id}`)
    const start = end + 1
    // A copy: a slice would keep the whole answer in memory.
    found.set(id, Buffer.from(stdout.subarray(start, start + Number(size))))
    at = start + Number(size) + 1
  }
  return found
}
