import { posix } from 'node:path'
import type { Json } from '#src/domain/json.ts'
import {
  forbiddenIn,
  forbiddenInPlugin,
  isComponent,
  KUSTOMIZATION_NAMES,
  looksRemote,
  pluginFiles,
  type Reference,
  referencesOf,
} from './kustomization.ts'
import type { RepositoryFiles } from './repository-files.ts'
import type { RepositoryReader } from './repository-reader.ts'
import { isUnparsable } from './yaml-text.ts'

/** Everything that building one kustomization reads, and nothing else: what a build is given to see. */
export interface Closure {
  readonly folder: string
  /** Kustomization folders reached, the built one first. */
  readonly folders: readonly string[]
  readonly kustomizations: readonly string[]
  /** All files, kustomizations too. */
  readonly files: readonly string[]
  readonly links: readonly string[]
  /** Why it must not or cannot be built; it is not even tried then. */
  readonly problem: string | undefined
}

/** A kustomization would have to be hostile to reach more. */
const MAX_FILES = 10_000

/**
 * Follows a kustomization's references, and those of components that an engine adds, through the repository. Nothing is
 * run, and nothing outside is looked at.
 */
export async function closureOf(
  reader: RepositoryReader,
  files: RepositoryFiles,
  folder: string,
  components: readonly string[] = [],
): Promise<Closure> {
  const walk = new Walk(reader, files)
  await walk.visit(folder)
  for (const path of components) await walk.component(folder, path)
  return {
    folder,
    folders: [...walk.folders],
    kustomizations: [...walk.kustomizations],
    files: [...walk.reached].sort(),
    links: [...walk.links].sort(),
    problem: walk.problem,
  }
}

/** Folders that a kustomization refers to directly. */
export async function kustomizationFolders(
  reader: RepositoryReader,
  files: RepositoryFiles,
): Promise<ReadonlyMap<string, { readonly refersTo: readonly string[]; readonly component: boolean }>> {
  const paths = [...files.paths()].filter((path) => isKustomizationFile(path))
  const parsed = await reader.parse(files, paths)
  const found = new Map<string, { refersTo: readonly string[]; component: boolean }>()
  for (const path of paths) {
    const folder = posix.dirname(path) === '.' ? '' : posix.dirname(path)
    const documents = parsed.get(path)
    const json = documents === undefined || isUnparsable(documents) ? null : (documents[0] ?? null)
    const refersTo = referencesOf(json).flatMap((reference) => {
      const target = files.find(reference.path, folder)
      return target.kind === 'folder' || target.kind === 'file' ? [target.path] : []
    })
    found.set(folder, { refersTo, component: isComponent(json) })
  }
  return found
}

export function isKustomizationFile(path: string): boolean {
  return KUSTOMIZATION_NAMES.some((name) => path === name || path.endsWith(`/${name}`))
}

class Walk {
  readonly folders = new Set<string>()
  readonly kustomizations = new Set<string>()
  readonly reached = new Set<string>()
  readonly links = new Set<string>()
  problem: string | undefined
  readonly #reader: RepositoryReader
  readonly #files: RepositoryFiles

  constructor(reader: RepositoryReader, files: RepositoryFiles) {
    this.#reader = reader
    this.#files = files
  }

  async visit(folder: string): Promise<void> {
    if (this.folders.has(folder) || this.problem !== undefined) return
    this.folders.add(folder)
    const names = KUSTOMIZATION_NAMES.map((name) => this.#files.find(name, folder)).filter(
      ({ kind }) => kind !== 'missing',
    )
    if (names.length === 0) return this.#fail(folder, 'it has no kustomization file')
    for (const found of names) {
      if (found.kind !== 'file') return this.#fail(folder, 'its kustomization is no file of the repository')
      this.#reach(found.path, found.links)
      this.kustomizations.add(found.path)
      const json = await this.#document(found.path)
      if (json === undefined) return
      const forbidden = forbiddenIn(json)
      if (forbidden !== undefined) return this.#fail(found.path, forbidden)
      for (const reference of referencesOf(json)) await this.#follow(folder, found.path, reference)
    }
  }

  /** A component that an engine adds to a kustomization. */
  component(folder: string, path: string): Promise<void> {
    const reference = { field: 'components', path, to: 'either', isPlugin: false } as const
    return this.#follow(folder, folder, reference)
  }

  async #follow(folder: string, from: string, reference: Reference): Promise<void> {
    const { path, field, to, isPlugin } = reference
    const name = JSON.stringify(path.slice(0, 200))
    if (looksRemote(path))
      return this.#fail(from, `${field} names ${name}, which is remote and is not fetched`)
    const found = this.#files.find(path, folder)
    if (found.kind === 'outside')
      return this.#fail(from, `${field} names ${name}, which lies outside the repository`)
    if (found.kind === 'missing') return this.#fail(from, `${field} names ${name}, which does not exist`)
    if (found.kind === 'file') {
      this.#reach(found.path, found.links)
      if (isPlugin) await this.#followPlugin(found.path)
      return
    }
    if (to === 'file') return this.#fail(from, `${field} names ${name}, which is a folder`)
    for (const link of found.links) this.links.add(link)
    const before = new Set(this.reached)
    await this.visit(found.path)
    if (isPlugin) for (const file of this.reached) if (!before.has(file)) await this.#followPlugin(file)
  }

  async #followPlugin(file: string): Promise<void> {
    const parsed = (await this.#reader.parse(this.#files, [file])).get(file)
    if (parsed === undefined || isUnparsable(parsed)) return this.#fail(file, 'it cannot be read')
    for (const config of parsed) {
      const forbidden = forbiddenInPlugin(config)
      if (forbidden !== undefined) return this.#fail(file, forbidden)
      const folder = posix.dirname(file) === '.' ? '' : posix.dirname(file)
      for (const path of pluginFiles(config)) {
        // Such paths are taken from the kustomization's folder or the file's; whichever exists is shown to the build.
        for (const from of [folder, ...this.folders]) {
          const found = this.#files.find(path, from)
          if (found.kind === 'file') this.#reach(found.path, found.links)
        }
      }
    }
  }

  async #document(path: string): Promise<Json | undefined> {
    const parsed = (await this.#reader.parse(this.#files, [path])).get(path)
    if (parsed === undefined || isUnparsable(parsed)) {
      this.#fail(path, parsed === undefined ? 'it cannot be read' : parsed.error)
      return undefined
    }
    return parsed[0] ?? {}
  }

  #reach(path: string, links: readonly string[]): void {
    this.reached.add(path)
    for (const link of links) this.links.add(link)
    if (this.reached.size > MAX_FILES)
      this.#fail(path, `the kustomization reaches more than ${MAX_FILES} files`)
  }

  #fail(where: string, why: string): void {
    this.problem ??= `${where || 'the root folder'}: ${why}`
  }
}
