import type { Root } from '#src/domain/root.ts'
import { folderOf, type RepositoryFiles } from '#src/manifests/repository-files.ts'
import type { RepositoryReader } from '#src/manifests/repository-reader.ts'
import { KUSTOMIZATION_NAMES } from './kustomization.ts'
import { type FollowedKustomization, readKustomizationFolder } from './kustomization-folder.ts'

/** By folder: what its kustomization refers to directly, and whether it is a component. */
export type KustomizationFolders = ReadonlyMap<
  string,
  { readonly refersTo: readonly string[]; readonly component: boolean }
>

/** The kustomizations of some files. Each is read, and its references are followed, once. */
export class KustomizationGraph {
  readonly #reader: RepositoryReader
  readonly #files: RepositoryFiles
  readonly #folders = new Map<string, Promise<readonly FollowedKustomization[]>>()
  #all: Promise<KustomizationFolders> | undefined

  constructor(reader: RepositoryReader, files: RepositoryFiles) {
    this.#reader = reader
    this.#files = files
  }

  /** What makes a folder a kustomization, one step along each reference. */
  folder(folder: string): Promise<readonly FollowedKustomization[]> {
    const known = this.#folders.get(folder)
    if (known !== undefined) return known
    const reading = readKustomizationFolder(this.#reader, this.#files, folder)
    this.#folders.set(folder, reading)
    reading.catch(() => this.#folders.delete(folder))
    return reading
  }

  /** Every folder with a kustomization. */
  all(): Promise<KustomizationFolders> {
    if (this.#all !== undefined) return this.#all
    const all = this.#findAll()
    this.#all = all
    all.catch(() => {
      this.#all = undefined
    })
    return all
  }

  async #findAll(): Promise<KustomizationFolders> {
    const paths = [...this.#files.paths()].filter(isKustomizationFile)
    await this.#reader.parse(this.#files, paths)
    const found = new Map<string, { refersTo: readonly string[]; component: boolean }>()
    for (const folder of new Set(paths.map(folderOf))) {
      const kustomizations = await this.folder(folder)
      const refersTo = kustomizations.flatMap(({ references }) =>
        references.flatMap(({ path }) => path ?? []),
      )
      found.set(folder, { refersTo, component: kustomizations.some(({ isComponent }) => isComponent) })
    }
    return found
  }
}

/** The kustomizations of some files, found once per files. What differs in contents of other files alone has the same. */
export function kustomizationsOf(reader: RepositoryReader, files: RepositoryFiles): KustomizationGraph {
  const isSame = files.base.changed.size === 0 && ![...files.changed.keys()].some(isKustomizationFile)
  const key = isSame ? files.base : files
  const known = reader.kustomizations.get(key)
  if (known !== undefined) return known
  const graph = new KustomizationGraph(reader, key)
  reader.kustomizations.set(key, graph)
  return graph
}

/** Those to which no other one among them refers, and which are no components. */
export function rootsAmong(folders: KustomizationFolders, among: readonly string[]): readonly Root[] {
  const referred = new Set(
    among.flatMap((folder) => (folders.get(folder)?.refersTo ?? []).filter((each) => each !== folder)),
  )
  return among
    .filter((folder) => !referred.has(folder) && folders.get(folder)?.component !== true)
    .map((folder): Root => ({ folder }))
}

export function isKustomizationFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return KUSTOMIZATION_NAMES.some((each) => each === name)
}
