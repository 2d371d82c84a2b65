import { BoundedCache } from '#src/runtime/bounded-cache.ts'
import type { ReadObject } from './git-cat-file.ts'
import type { LocalGit } from './git-process.ts'
import type { GitRemote } from './git-remote.ts'
import { treeReader } from './tree-reader.ts'

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

export function gitObjects(
  git: LocalGit,
  read: ReadObject,
  remote: Pick<GitRemote, 'fetchObjects'>,
): GitObjects {
  const trees = new BoundedCache<GitTree>(MEMORY_FOR_TREES)
  const reading = new Map<string, Promise<GitTree>>()
  const readTree = treeReader(read)
  const contents = new BoundedCache<Buffer>(MEMORY_FOR_BLOBS)
  const oversized = new BoundedCache<true>(10_000)
  return {
    async tree(commit) {
      const known = trees.get(commit)
      if (known) return known
      const tree = reading.get(commit) ?? readTree(commit).finally(() => reading.delete(commit))
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
      const missing = await take(wanted, 'once')
      if (missing.length > 0) {
        // The partial clone lacks some: all of them in one go. Asked of git anew, which knows best what is missing.
        const lacking = await missingBlobs(git, missing)
        if (lacking.length > 0) await remote.fetchObjects(lacking)
        await take(missing)
      }
      return found

      async function take(some: Iterable<string>, once?: 'once'): Promise<readonly string[]> {
        const answers = await Promise.all([...some].map(async (id) => ({ id, object: await read(id, once) })))
        for (const { id, object } of answers) {
          if (object?.content !== undefined) {
            found.set(id, object.content)
            contents.set(id, object.content, object.content.length + 100)
          } else if (object !== undefined) oversized.set(id, true)
        }
        return answers.flatMap(({ id, object }) => (object === undefined ? [id] : []))
      }
    },
  }
}

/** Asked of `rev-list` over a made-up tree: the one command that reports missing objects without fetching each. */
async function missingBlobs(git: LocalGit, ids: readonly string[]): Promise<readonly string[]> {
  const listing = ids.map((id, i) => `100644 blob ${id}\t${i}\n`).join('')
  const tree = (await git(['mktree', '--missing'], { input: listing })).stdout.toString().trim()
  const { stdout } = await git(['rev-list', '--objects', '--missing=print', '--no-object-names', tree])
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('?'))
    .map((line) => line.slice(1))
}
