import { posix } from 'node:path'
import type { Json } from '#src/domain/json.ts'
import type { RepositoryTree } from './engine-source.ts'
import { repositoryUrl } from './repository-url.ts'

/** A repository's files, told apart quickly. */
export interface TreeIndex {
  /** Normalised. */
  readonly url: string
  has(path: string): boolean
  /** Every file, sorted. */
  readonly paths: readonly string[]
  /** Every folder that holds a file at any depth, sorted; the root is not among them. */
  folders(): readonly string[]
  json(path: string): Json | undefined
  text(path: string): string | undefined
}

/** By their normalised addresses; a tree without a usable one can be asked for nothing. */
export type Trees = ReadonlyMap<string, TreeIndex>

export function treesOf(trees: readonly RepositoryTree[]): Trees {
  const found = new Map<string, TreeIndex>()
  for (const tree of trees) {
    const url = repositoryUrl(tree.repositoryUrl)
    if (url !== undefined) found.set(url, treeIndex(url, tree))
  }
  return found
}

function treeIndex(url: string, tree: RepositoryTree): TreeIndex {
  const paths = [...tree.paths()].sort()
  const files = new Set(paths)
  let folders: readonly string[] | undefined
  return {
    url,
    paths,
    has: (path) => files.has(path),
    folders() {
      folders ??= foldersOf(paths)
      return folders
    },
    json: (path) => (files.has(path) ? tree.json(path) : undefined),
    text: (path) => (files.has(path) ? tree.text(path) : undefined),
  }
}

function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = new Set<string>()
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return [...folders].sort()
}

/** A path from the repository's root as Flux reads one: it cannot leave the root, `..` above it is dropped. */
export function clampedPath(text: string): string {
  return posix.join('/', text).slice(1).replace(/\/$/, '')
}

/** A path below a folder as Argo CD reads one: `/` begins at the repository's root; undefined when it leaves that. */
export function pathWithin(folder: string, text: string): string | undefined {
  const path = text.startsWith('/') ? posix.join(text.replace(/^\/+/, '')) : posix.join(folder, text)
  if (path === '..' || path.startsWith('../') || path.startsWith('/')) return undefined
  return path === '.' ? '' : path.replace(/\/$/, '')
}

/** A path below a folder, from the root. */
export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
