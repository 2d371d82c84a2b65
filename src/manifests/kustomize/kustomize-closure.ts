import type { Json } from '#src/domain/json.ts'
import { folderOf, type RepositoryFiles } from '#src/manifests/repository-files.ts'
import type { RepositoryReader } from '#src/manifests/repository-reader.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'
import { forbiddenInPlugin, pluginFiles } from './kustomization.ts'
import { type FollowedReference, followReference } from './kustomization-folder.ts'
import { type KustomizationGraph, kustomizationsOf } from './kustomization-graph.ts'

/** Everything that building one kustomization reads, and nothing else: what a build is given to see. */
export interface Closure {
  readonly folder: string
  /** Kustomization folders reached, the built one first. */
  readonly folders: readonly string[]
  readonly kustomizations: readonly string[]
  /** Files that configure plugins: like kustomizations, what they hold decides what else is reached. */
  readonly plugins: readonly string[]
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
    plugins: [...walk.plugins],
    files: [...walk.reached].sort(),
    links: [...walk.links].sort(),
    problem: walk.problem,
  }
}

const MAX_DEPTH = 200

/** What is named twice is built twice: a few files can make more objects than fit anywhere. */
const MAX_BUILT = 50_000

class Walk {
  readonly folders = new Set<string>()
  readonly kustomizations = new Set<string>()
  readonly plugins = new Set<string>()
  readonly reached = new Set<string>()
  readonly links = new Set<string>()
  problem: string | undefined
  readonly #reader: RepositoryReader
  readonly #files: RepositoryFiles
  readonly #graph: KustomizationGraph
  /** What each folder names: folders, and how many files. */
  readonly #named = new Map<string, { readonly folders: string[]; files: number }>()

  constructor(reader: RepositoryReader, files: RepositoryFiles) {
    this.#reader = reader
    this.#files = files
    this.#graph = kustomizationsOf(reader, files)
  }

  async visit(folder: string, depth = 0): Promise<void> {
    if (this.folders.has(folder) || this.problem !== undefined) return
    this.folders.add(folder)
    this.#named.set(folder, { folders: [], files: 0 })
    for (const { path, links, problem, inline, references } of await this.#graph.folder(folder)) {
      if (path !== undefined) {
        this.#reach(path, links)
        this.kustomizations.add(path)
      }
      if (path === undefined || problem !== undefined) return this.#fail(problem)
      for (const text of inline) this.#checkInline(folder, path, text)
      for (const reference of references) {
        const further = this.#follow(folder, path, reference, depth)
        if (further !== undefined) await further
      }
    }
  }

  /** A component that an engine adds to a kustomization. */
  async component(folder: string, path: string): Promise<void> {
    const reference = { field: 'components', path, to: 'either', isPlugin: false } as const
    await this.#follow(folder, folder, followReference(this.#files, folder, folder, reference), 0)
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
        this.#failAt(each, 'the kustomization includes itself')
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
      this.#failAt(folder, `what it names, counted as often as it is named, is more than ${MAX_BUILT} files`)
  }

  #checkInline(folder: string, file: string, text: string): void {
    const parsed = parseManifestText(text)
    if (isUnparsable(parsed)) this.#failAt(file, `a generator or transformer in it: ${parsed.error}`)
    else for (const { json } of parsed.documents) this.#checkPlugin(folder, file, json)
  }

  /** Nothing is left to wait for where a plain file was reached: nearly always. */
  #follow(
    folder: string,
    from: string,
    { problem, path, kind, links, isPlugin }: FollowedReference,
    depth: number,
  ): Promise<void> | undefined {
    if (problem !== undefined || path === undefined) {
      this.#fail(problem)
      return undefined
    }
    if (kind === 'folder') return this.#enter(folder, from, { path, links, isPlugin }, depth)
    this.#reach(path, links)
    const named = this.#named.get(folder)
    if (named !== undefined) named.files++
    return isPlugin ? this.#followPlugin(path) : undefined
  }

  async #enter(
    folder: string,
    from: string,
    { path, links, isPlugin }: Pick<FollowedReference, 'links' | 'isPlugin'> & { readonly path: string },
    depth: number,
  ): Promise<void> {
    for (const link of links) this.links.add(link)
    this.#named.get(folder)?.folders.push(path)
    if (depth > MAX_DEPTH)
      return this.#failAt(from, `kustomizations include each other more than ${MAX_DEPTH} deep`)
    const before = new Set(isPlugin ? this.reached : [])
    await this.visit(path, depth + 1)
    if (isPlugin) for (const file of this.reached) if (!before.has(file)) await this.#followPlugin(file)
  }

  async #followPlugin(file: string): Promise<void> {
    this.plugins.add(file)
    const parsed = (await this.#reader.parse(this.#files, [file])).get(file)
    if (parsed === undefined || isUnparsable(parsed)) return this.#failAt(file, 'it cannot be read')
    for (const config of parsed) this.#checkPlugin(folderOf(file), file, config)
  }

  #checkPlugin(folder: string, file: string, config: Json): void {
    const forbidden = forbiddenInPlugin(config)
    if (forbidden !== undefined) this.#failAt(file, forbidden)
    for (const path of pluginFiles(config)) {
      // Such paths are taken from the kustomization's folder or the file's; whichever exists is shown to the build.
      for (const from of [folder, ...this.folders]) {
        const found = this.#files.find(path, from)
        if (found.kind === 'file') this.#reach(found.path, found.links)
      }
    }
  }

  #reach(path: string, links: readonly string[]): void {
    this.reached.add(path)
    for (const link of links) this.links.add(link)
    if (this.reached.size > MAX_FILES)
      this.#failAt(path, `the kustomization reaches more than ${MAX_FILES} files`)
  }

  #failAt(where: string, why: string): void {
    this.#fail(`${where || 'the root folder'}: ${why}`)
  }

  /** The first problem is the one that is told. */
  #fail(problem: string | undefined): void {
    this.problem ??= problem
  }
}
