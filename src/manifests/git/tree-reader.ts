import { OperatorError } from '#src/domain/errors.ts'
import { BoundedCache } from '#src/runtime/bounded-cache.ts'
import type { ReadObject } from './git-cat-file.ts'
import { parseTree, type RawEntry, treeOf } from './git-object-text.ts'
import type { GitTree, TreeEntry } from './git-objects.ts'

/** Bytes of all paths of one commit, and how deep they may go. A tree of few objects can name billions of files. */
const PATHS_LIMIT = 256 * 2 ** 20
const DEEPEST = 200
const MEMORY_FOR_ENTRIES = 32 * 2 ** 20
const UNUSABLE_NAMES: ReadonlySet<string> = new Set(['', '.', '..', '.git'])

/** Reads the files of commits. Folders that two commits share are read once. */
export function treeReader(read: ReadObject): (commit: string) => Promise<GitTree> {
  const folders = new BoundedCache<Promise<readonly RawEntry[]>>(MEMORY_FOR_ENTRIES)

  async function fetchFolder(id: string): Promise<readonly RawEntry[]> {
    const object = await read(id)
    if (object?.type !== 'tree' || object.content === undefined) throw unreadable(id)
    const entries = parseTree(object.content, id.length / 2)
    folders.set(id, Promise.resolve(entries), 4 * object.content.length + 200)
    return entries
  }

  function folder(id: string): Promise<readonly RawEntry[]> {
    const known = folders.get(id)
    if (known) return known
    const reading = fetchFolder(id)
    folders.set(id, reading, 200)
    reading.catch(() => folders.delete(id))
    return reading
  }

  return async (commit) => {
    const object = await read(commit)
    const root = object?.content && treeOf(object.content)
    if (object?.type !== 'commit' || root === undefined) throw unreadable(commit)
    const entries = new Map<string, TreeEntry>()
    let bytes = 0
    const walk = async (id: string, prefix: string, depth: number): Promise<void> => {
      const listed = await folder(id)
      // All folders below are asked for at once, and taken in git's order.
      for (const { mode, id: child } of listed) if (mode === FOLDER) folder(child).catch(() => {})
      for (const { mode, name, id: child } of listed) {
        const path = `${prefix}${name}`
        bytes += path.length
        if (bytes > PATHS_LIMIT || depth > DEEPEST) {
          throw new OperatorError('RepositoryTooLarge', 'the files of one commit are too many or too deep')
        }
        // git itself never checks such names out; a hostile server may still send them.
        if (UNUSABLE_NAMES.has(name) || name.includes('/')) continue
        if (mode === FOLDER) await walk(child, `${path}/`, depth + 1)
        else if (mode !== SUBMODULE)
          entries.set(path, { type: mode === LINK ? 'link' : 'file', mode, id: child })
      }
    }
    await walk(root, '', 0)
    return { id: root, entries }
  }
}

const FOLDER = '040000'
const LINK = '120000'
const SUBMODULE = '160000'

function unreadable(id: string): OperatorError {
  return new OperatorError('Internal', `git cannot read the object ${id}`)
}
