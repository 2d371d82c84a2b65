import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
} from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { digest } from '#src/domain/digest.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { BLOB_LIMIT, type GitObjects, type GitTree, type TreeEntry } from '#src/manifests/git/git-objects.ts'
import { BoundedCache } from '#src/runtime/bounded-cache.ts'

/** A checkout that holds more than this is not one of manifests. */
const MAX_ENTRIES = 200_000
const MEMORY_FOR_CONTENTS = 32 * 2 ** 20

/**
 * The files of a folder on disk in the shape of a commit's: what a person edits before there is a commit. Links are read
 * and never followed; `.git`, sockets, pipes and devices are left out. Taken once: a file that changed
 * later, or that may not be read, has no content. RepositoryTooLarge, ManifestUnparsable.
 *
 * Files are looked at without leaving the thread: of many small ones that takes a tenth of the time, and a command has
 * nothing else to do meanwhile.
 */
export function folderObjects(folder: string): GitObjects {
  const places = new Map<string, Place>()
  const contents = new BoundedCache<Buffer>(MEMORY_FOR_CONTENTS)
  let taken: Promise<GitTree> | undefined

  async function take(): Promise<GitTree> {
    const entries = new Map<string, TreeEntry>()
    for (const path of await listed(folder)) {
      const facts = ifThere(() => lstatSync(join(folder, path), { bigint: true }))
      if (facts === undefined) continue
      const link = facts.isSymbolicLink()
      if (!link && !facts.isFile()) continue
      const id = identity(path, facts)
      places.set(id, { path, id, link })
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
      for (const id of new Set(ids)) {
        const place = places.get(id)
        const content = contents.get(id) ?? (place && contentOf(folder, place))
        if (content === undefined) continue
        found.set(id, content)
        contents.set(id, content, content.length + 100)
      }
      return found
    },
  }
}

interface Place {
  readonly path: string
  /** `identity` when the folder was taken. */
  readonly id: string
  readonly link: boolean
}

function identity(path: string, facts: BigIntStats): string {
  return digest(path, String(facts.dev), String(facts.ino), String(facts.size), String(facts.mtimeNs))
}

/** Every path below a folder that is no folder itself, sorted as git sorts them. */
async function listed(folder: string): Promise<readonly string[]> {
  const paths: string[] = []
  const folders = ['']
  let seen = 0
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of await entriesOf(folder, next)) {
      if (entry.name === '.git') continue
      const path = next === '' ? entry.name : `${next}/${entry.name}`
      if (entry.isDirectory()) folders.push(path)
      else paths.push(path)
      seen += 1
    }
    if (seen > MAX_ENTRIES)
      throw new OperatorError('RepositoryTooLarge', `it holds more than ${MAX_ENTRIES} files and folders`, {
        object: folder,
      })
  }
  return paths.sort((a, b) => (a < b ? -1 : 1))
}

/** A folder that is gone meanwhile is empty. One that may not be read is told: what is in it could matter. */
async function entriesOf(folder: string, path: string) {
  try {
    return await readdir(join(folder, path), { withFileTypes: true })
  } catch (cause) {
    const code = codeOf(cause)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw new OperatorError('ManifestUnparsable', `the folder cannot be read (${code})`, {
      object: path || folder,
      cause,
    })
  }
}

/**
 * Undefined for what is too large, not to be read, or no longer what was taken. Opening never waits, whatever the file has
 * become, and what was opened is compared: a link that came into the way leads to another file.
 */
function contentOf(folder: string, { path, id, link }: Place): Buffer | undefined {
  const place = join(folder, path)
  if (link) return ifThere(() => readlinkSync(place, { encoding: 'buffer' }))
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = ifThere(() => openSync(place, flags))
  if (file === undefined) return undefined
  try {
    const facts = fstatSync(file, { bigint: true })
    if (!facts.isFile() || identity(path, facts) !== id || facts.size > BLOB_LIMIT) return undefined
    return exactly(file, Number(facts.size))
  } finally {
    closeSync(file)
  }
}

/** A file that grows while it is read is not read on and on. */
function exactly(file: number, size: number): Buffer | undefined {
  const content = Buffer.allocUnsafe(size)
  let read = 0
  while (read < size) {
    const bytesRead = readSync(file, content, read, size - read, read)
    if (bytesRead === 0) return undefined
    read += bytesRead
  }
  return content
}

/** Undefined for what is gone meanwhile, may not be read, or has a name that is no text. */
function ifThere<Result>(look: () => Result): Result | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
