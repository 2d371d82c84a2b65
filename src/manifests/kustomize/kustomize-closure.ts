import { posix } from 'node:path'
import type { Json } from '#src/domain/json.ts'
import { folderOf, type RepositoryFiles } from '#src/manifests/repository-files.ts'
import type { KustomizationFolders, RepositoryReader } from '#src/manifests/repository-reader.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'
import {
  forbiddenIn,
  forbiddenInPlugin,
  inlinePlugins,
  isComponent,
  KUSTOMIZATION_NAMES,
  looksRemote,
  pluginFiles,
  type Reference,
  referencesOf,
} from './kustomization.ts'

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
  walk.checkSize(folder)
  return {
    folder,
    folders: [...walk.folders],
    kustomizations: [...walk.kustomizations],
    files: [...walk.reached].sort(),
    links: [...walk.links].sort(),
    problem: walk.problem,
  }
}

const MAX_DEPTH = 200

/** What is named twice is built twice: a few files can make more objects than fit anywhere. */
const MAX_BUILT = 50_000

/** Every folder with a kustomization. Files that differ in contents of other files alone have the same. */
export function kustomizationFolders(
  reader: RepositoryReader,
  files: RepositoryFiles,
): Promise<KustomizationFolders> {
  const isSame = ![...files.changed.keys()].some(isKustomizationFile) && files.base.changed.size === 0
  const key = isSame ? files.base : files
  const known = reader.kustomizations.get(key)
  if (known !== undefined) return known
  const finding = findFolders(reader, key)
  reader.kustomizations.set(key, finding)
  finding.catch(() => reader.kustomizations.delete(key))
  return finding
}

async function findFolders(reader: RepositoryReader, files: RepositoryFiles): Promise<KustomizationFolders> {
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
  /** What each folder names: folders, and how many files. */
  readonly #named = new Map<string, { readonly folders: string[]; files: number }>()

  constructor(reader: RepositoryReader, files: RepositoryFiles) {
    this.#reader = reader
    this.#files = files
  }

  async visit(folder: string, depth = 0): Promise<void> {
    if (this.folders.has(folder) || this.problem !== undefined) return
    this.folders.add(folder)
    this.#named.set(folder, { folders: [], files: 0 })
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
      for (const text of inlinePlugins(json)) this.#checkInline(folder, found.path, text)
      for (const reference of referencesOf(json)) await this.#follow(folder, found.path, reference, depth)
    }
  }

  /** A component that an engine adds to a kustomization. */
  component(folder: string, path: string): Promise<void> {
    const reference = { field: 'components', path, to: 'either', isPlugin: false } as const
    return this.#follow(folder, folder, reference, 0)
  }

  /** Counts what a build makes of it: each file as often as it is named, on all ways. */
  checkSize(folder: string): void {
    if (this.problem !== undefined) return
    const sizes = new Map<string, number>()
    const open = new Set<string>()
    const sizeOf = (each: string): number => {
      const known = sizes.get(each)
      if (known !== undefined) return known
      if (open.has(each)) {
        this.#fail(each, 'the kustomization includes itself')
        return 0
      }
      open.add(each)
      const named = this.#named.get(each) ?? { folders: [], files: 0 }
      const size = named.folders.reduce((sum, inner) => sum + sizeOf(inner), 1 + named.files)
      open.delete(each)
      sizes.set(each, size)
      return size
    }
    if (sizeOf(folder) > MAX_BUILT)
      this.#fail(folder, `what it names, counted as often as it is named, is more than ${MAX_BUILT} files`)
  }

  #checkInline(folder: string, file: string, text: string): void {
    const parsed = parseManifestText(text)
    if (isUnparsable(parsed)) this.#fail(file, `a generator or transformer in it: ${parsed.error}`)
    else for (const { json } of parsed.documents) this.#checkPlugin(folder, file, json)
  }

  async #follow(folder: string, from: string, reference: Reference, depth: number): Promise<void> {
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
      const named = this.#named.get(folder)
      if (named !== undefined) named.files++
      if (isPlugin) await this.#followPlugin(found.path)
      return
    }
    if (to === 'file') return this.#fail(from, `${field} names ${name}, which is a folder`)
    for (const link of found.links) this.links.add(link)
    this.#named.get(folder)?.folders.push(found.path)
    if (depth > MAX_DEPTH)
      return this.#fail(from, `kustomizations include each other more than ${MAX_DEPTH} deep`)
    const before = new Set(this.reached)
    await this.visit(found.path, depth + 1)
    if (isPlugin) for (const file of this.reached) if (!before.has(file)) await this.#followPlugin(file)
  }

  async #followPlugin(file: string): Promise<void> {
    const parsed = (await this.#reader.parse(this.#files, [file])).get(file)
    if (parsed === undefined || isUnparsable(parsed)) return this.#fail(file, 'it cannot be read')
    for (const config of parsed) this.#checkPlugin(folderOf(file), file, config)
  }

  #checkPlugin(folder: string, file: string, config: Json): void {
    const forbidden = forbiddenInPlugin(config)
    if (forbidden !== undefined) this.#fail(file, forbidden)
    for (const path of pluginFiles(config)) {
      // Such paths are taken from the kustomization's folder or the file's; whichever exists is shown to the build.
      for (const from of [folder, ...this.folders]) {
        const found = this.#files.find(path, from)
        if (found.kind === 'file') this.#reach(found.path, found.links)
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
