import { constants } from 'node:fs'
import { lstat, open, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { digest } from '#src/domain/digest.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { BLOB_LIMIT, type GitObjects, type GitTree, type TreeEntry } from './git-objects.ts'
import { mapLimit } from './map-limit.ts'

/** A checkout that holds more than this is not one of manifests. */
const MAX_ENTRIES = 200_000
const READS_AT_ONCE = 32

/**
 * The files of a folder on disk in the shape of a commit's: what a person edits before there is a commit. Links are read
 * and never followed; `.git`, sockets, pipes and devices are left out. Taken once: a later change of a file shows as the
 * file being left out. RepositoryTooLarge.
 */
export function folderObjects(folder: string): GitObjects {
  const places = new Map<string, { readonly path: string; readonly link: boolean }>()
  let taken: Promise<GitTree> | undefined

  async function take(): Promise<GitTree> {
    const entries = new Map<string, TreeEntry>()
    for (const path of await listed(folder)) {
      // Gone meanwhile, or a name that is no text: not there.
      const facts = await lstat(join(folder, path), { bigint: true }).catch(() => undefined)
      if (facts === undefined) continue
      const link = facts.isSymbolicLink()
      if (!link && !facts.isFile()) continue
      const id = digest(path, String(facts.ino), String(facts.size), String(facts.mtimeNs))
      places.set(id, { path, link })
      entries.set(path, { type: link ? 'link' : 'file', mode: link ? '120000' : '100644', id })
    }
    return { id: digest(folder, ...[...entries.values()].map(({ id }) => id)), entries }
  }

  return {
    tree() {
      taken ??= take()
      return taken
    },
    async blobs(ids) {
      const found = new Map<string, Buffer>()
      await mapLimit([...new Set(ids)], READS_AT_ONCE, async (id) => {
        const place = places.get(id)
        const content =
          place === undefined ? undefined : await contentOf(join(folder, place.path), place.link)
        if (content !== undefined) found.set(id, content)
      })
      return found
    },
  }
}

/** Every path below a folder that is no folder itself, sorted as git sorts them. */
async function listed(folder: string): Promise<readonly string[]> {
  const paths: string[] = []
  const folders = ['']
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of await readdir(join(folder, next), { withFileTypes: true })) {
      if (entry.name === '.git') continue
      const path = next === '' ? entry.name : `${next}/${entry.name}`
      if (entry.isDirectory()) folders.push(path)
      else paths.push(path)
    }
    if (paths.length > MAX_ENTRIES)
      throw new OperatorError('RepositoryTooLarge', `it holds more than ${MAX_ENTRIES} files`, {
        object: folder,
      })
  }
  return paths.sort((a, b) => (a < b ? -1 : 1))
}

async function contentOf(place: string, link: boolean): Promise<Buffer | undefined> {
  if (link) return readlink(place, { encoding: 'buffer' })
  const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { size } = await file.stat()
    return size > BLOB_LIMIT ? undefined : await file.readFile()
  } finally {
    await file.close()
  }
}
