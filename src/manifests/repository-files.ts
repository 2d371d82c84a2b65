import { posix } from 'node:path'
import { digest } from '#src/domain/digest.ts'
import type { GitTree, TreeEntry } from '#src/manifests/git/git-objects.ts'

/** What a path leads to once every link on the way is followed. */
export type Found =
  | { readonly kind: 'file'; readonly path: string; readonly links: readonly string[] }
  | { readonly kind: 'folder'; readonly path: string; readonly links: readonly string[] }
  | { readonly kind: 'outside' }
  | { readonly kind: 'missing' }

const MAX_LINKS = 16

/** The files of one commit, some perhaps with other contents: what edits are tried on. */
export class RepositoryFiles {
  readonly id: string
  /** The files that these were made from by changing contents alone: the same paths and links. */
  readonly base: RepositoryFiles
  readonly #tree: GitTree
  readonly #folders: ReadonlySet<string>
  readonly #linkTargets: ReadonlyMap<string, string>
  readonly #changed: ReadonlyMap<string, Uint8Array>
  #shape: string | undefined

  /** `linkTargets` holds the text of every link of the tree by its path. */
  constructor(
    tree: GitTree,
    linkTargets: ReadonlyMap<string, string>,
    folders: ReadonlySet<string> = foldersOf(tree.entries.keys()),
    changed: ReadonlyMap<string, Uint8Array> = new Map(),
    base?: RepositoryFiles,
  ) {
    this.base = base ?? this
    this.#tree = tree
    this.#linkTargets = linkTargets
    this.#folders = folders
    this.#changed = changed
    this.id = digest(
      tree.id,
      ...[...changed].map(([path, bytes]) => digest(path, Buffer.from(bytes).toString('base64'))),
    )
  }

  /** The same files with other contents of some, and with new ones (mode 100644) in folders that need not exist yet. */
  with(contents: ReadonlyMap<string, Uint8Array>): RepositoryFiles {
    const changed = new Map([...this.#changed, ...contents])
    const added = [...contents.keys()].filter((path) => !this.#tree.entries.has(path))
    if (added.length === 0)
      return new RepositoryFiles(this.#tree, this.#linkTargets, this.#folders, changed, this.base)
    const entries = new Map([...this.#tree.entries, ...added.map((path) => [path, newEntry()] as const)])
    const folders = new Set([...this.#folders, ...foldersOf(added)])
    return new RepositoryFiles({ id: this.#tree.id, entries }, this.#linkTargets, folders, changed)
  }

  get changed(): ReadonlyMap<string, Uint8Array> {
    return this.#changed
  }

  entry(path: string): TreeEntry | undefined {
    return this.#tree.entries.get(path)
  }

  /** All paths, links among them, in git's order. */
  paths(): Iterable<string> {
    return this.#tree.entries.keys()
  }

  linkTarget(path: string): string | undefined {
    return this.#linkTargets.get(path)
  }

  /** One text per set of paths, files and links, whatever the files hold. */
  get shape(): string {
    if (this.base !== this) return this.base.shape
    this.#shape ??= digest(
      JSON.stringify([...this.#tree.entries].map(([path, { type }]) => [path, type, this.linkTarget(path)])),
    )
    return this.#shape
  }

  /** One text per content of a path: the blob's id, or a digest of the changed bytes. */
  version(path: string): string {
    const changed = this.#changed.get(path)
    const entry = this.#tree.entries.get(path)
    return changed === undefined
      ? `${entry?.mode} ${entry?.id}`
      : digest(Buffer.from(changed).toString('base64'))
  }

  /** Where a path, relative to a folder of the repository, leads. Absolute paths and those above the root are outside. */
  find(path: string, from = ''): Found {
    if (path.startsWith('/')) return { kind: 'outside' }
    if (this.#linkTargets.size === 0) return this.#plainly(posix.join(from, path).replace(/\/$/, ''))
    const links: string[] = []
    let done: string[] = []
    const rest = [...from.split('/'), ...path.split('/')]
    while (rest.length > 0) {
      const segment = rest.shift()
      if (segment === undefined || segment === '' || segment === '.') continue
      if (segment === '..') {
        if (done.length === 0) return { kind: 'outside' }
        done.pop()
        continue
      }
      const here = [...done, segment].join('/')
      const target = this.#linkTargets.get(here)
      if (target === undefined) {
        done = [...done, segment]
        continue
      }
      if (target.startsWith('/')) return { kind: 'outside' }
      if (links.push(here) > MAX_LINKS) return { kind: 'missing' }
      rest.unshift(...target.split('/'))
    }
    return this.#foundAt(done.join('/'), links)
  }

  /** Where no link is on any way, a path is what its text says. */
  #plainly(joined: string): Found {
    if (joined === '..' || joined.startsWith('../')) return { kind: 'outside' }
    return this.#foundAt(joined === '.' ? '' : joined, NO_LINKS)
  }

  #foundAt(path: string, links: readonly string[]): Found {
    if (this.#folders.has(path)) return { kind: 'folder', path, links }
    return this.#tree.entries.has(path) ? { kind: 'file', path, links } : { kind: 'missing' }
  }
}

const NO_LINKS: readonly string[] = []

/** What a file that no commit holds yet will be; its content is never read by this id. */
function newEntry(): TreeEntry {
  return { type: 'file', mode: '100644', id: '0'.repeat(40) }
}

function foldersOf(paths: Iterable<string>): ReadonlySet<string> {
  const folders = new Set<string>([''])
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return folders
}

/** True when `path` is `folder` or lies below it; the empty folder is the repository's root. */
export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0))
}

/** A configured path in the tree's own form: `./apps/` → `apps`, `.` → ``. */
export function normalFolder(path: string): string {
  const normal = posix.normalize(path).replace(/\/+$/, '')
  return normal === '.' || normal === '/' ? '' : normal.replace(/^\//, '')
}
