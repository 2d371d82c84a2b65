import type { RepositorySpec } from '#src/domain/repository.ts'
import type { Root } from '#src/domain/root.ts'
import {
  isKustomizationFile,
  kustomizationsOf,
  rootsAmong,
} from '#src/manifests/kustomize/kustomization-graph.ts'
import { BoundedCache } from '#src/runtime/bounded-cache.ts'
import { type Drawn, isDrawnOf, outlineOf, versionsBehind } from './drawn-map.ts'
import { type EngineRoot, engineRoots } from './engine-roots.ts'
import { type NamedRoot, namedRoots, plainNamespaces } from './named-roots.ts'
import type { RootRenderer } from './render-root.ts'
import { folderOf, isBelow, normalFolder, type RepositoryFiles } from './repository-files.ts'
import type { RepositoryReader } from './repository-reader.ts'

/** What the configured paths of a repository hold at one commit. */
export interface RepositoryMap {
  /** What renders something below the paths: kustomizations to which no other one there refers, and engines' roots. */
  readonly roots: readonly NamedRoot[]
  /** Plain manifests below the paths: YAML and JSON that belong to no kustomization and no chart. */
  readonly plain: readonly string[]
  /** Everything in the repository that is rendered as a whole: all that an edit could reach. */
  readonly allRoots: readonly NamedRoot[]
  /** What the engines' objects of the repository make of its folders. */
  readonly engines: readonly EngineRoot[]
  /** The namespace that an engine gives to objects of a plain manifest that carry none. */
  namespaceOf(path: string): string | undefined
  /** Files that decided about the engines' roots: without a change in one of them they stay the same. */
  readonly decidedBy: ReadonlySet<string>
}

const MAPS = 4

export type RepositoryMapper = (files: RepositoryFiles) => Promise<RepositoryMap>

export function repositoryMapper(
  spec: Pick<RepositorySpec, 'url' | 'paths'>,
  reader: RepositoryReader,
  renderer: RootRenderer,
): RepositoryMapper {
  const maps = new BoundedCache<Promise<RepositoryMap>>(MAPS)
  const drawn = new BoundedCache<Drawn>(MAPS)
  const configuredFolders = spec.paths.map(({ path }) => normalFolder(path))
  const isConfigured = (path: string) => configuredFolders.some((folder) => isBelow(path, folder))

  async function draw(files: RepositoryFiles, paths: readonly string[]): Promise<RepositoryMap> {
    const manifests = paths.filter((path) => isManifestName(path) && isConfigured(path))
    const folders = await kustomizationsOf(reader, files).all()
    const configured = [...folders.keys()].filter(isConfigured)
    const owned = new Set<string>()
    for (const folder of configured) {
      for (const path of (await renderer.closure(files, { folder })).files) owned.add(path)
    }
    const plain = plainAmong(files, manifests, new Set(folders.keys())).filter((path) => !owned.has(path))
    const engines = await engineRoots(reader, renderer, files, spec.url)
    const engineFolder = (root: EngineRoot) =>
      isConfigured(root.root.folder) ||
      isConfigured(root.origin.kind === 'plain' ? root.origin.file : root.origin.root.folder)
    return {
      roots: namedRoots(rootsAmong(folders, configured), engines.roots.filter(engineFolder)),
      plain,
      allRoots: namedRoots(rootsAmong(folders, [...folders.keys()]), engines.roots),
      engines: engines.roots,
      namespaceOf: plainNamespaces(engines.roots),
      decidedBy: engines.decidedBy,
    }
  }

  /** Most commits change what manifests hold and nothing that a map tells. */
  async function drawnOnce(files: RepositoryFiles): Promise<RepositoryMap> {
    const paths = [...files.paths()].filter((path) => isManifestName(path) || isKustomizationFile(path))
    // Read in one go: the engines' objects may stand anywhere.
    const outline = outlineOf(files, paths, await reader.facts(files, paths))
    const known = drawn.get(outline)
    if (known !== undefined && isDrawnOf(known, files)) return known.map
    const map = await draw(files, paths)
    drawn.set(outline, { map, versions: await versionsBehind(renderer, files, map) })
    return map
  }

  return (files) => {
    const known = maps.get(files.id)
    if (known) return known
    // Many ask at once when a commit arrives.
    const map = drawnOnce(files)
    maps.set(files.id, map)
    map.catch(() => maps.delete(files.id))
    return map
  }
}

/** Kustomizations anywhere in the repository to which no other one refers. */
export async function kustomizationRoots(
  reader: RepositoryReader,
  files: RepositoryFiles,
): Promise<readonly Root[]> {
  const folders = await kustomizationsOf(reader, files).all()
  return rootsAmong(folders, [...folders.keys()])
}

/** Manifests below a folder that stand in no kustomization's folder and in no chart, by their paths alone. */
export function plainManifests(files: RepositoryFiles, folder: string): readonly string[] {
  const paths = [...files.paths()]
  const folders = new Set(paths.filter(isKustomizationFile).map(folderOf))
  return plainAmong(
    files,
    paths.filter((path) => isManifestName(path) && isBelow(path, folder)),
    folders,
  )
}

function plainAmong(
  files: RepositoryFiles,
  manifests: readonly string[],
  kustomizations: ReadonlySet<string>,
): readonly string[] {
  const charts = [...files.paths()]
    .filter((path) => path.endsWith('Chart.yaml') && /(^|\/)Chart\.yaml$/.test(path))
    .map(folderOf)
  return manifests.filter(
    (path) =>
      // A file beside a kustomization that does not name it is not applied.
      !kustomizations.has(folderOf(path)) &&
      !isKustomizationFile(path) &&
      files.entry(path)?.type === 'file' &&
      !charts.some((chart) => isBelow(path, chart)),
  )
}

function isManifestName(path: string): boolean {
  return /\.(ya?ml|json)$/.test(path)
}

/** The namespace that the configured path around a file or folder gives to objects without one. */
export function defaultNamespace(spec: Pick<RepositorySpec, 'paths'>, path: string): string | undefined {
  const around = spec.paths
    .map((each) => ({ ...each, folder: normalFolder(each.path) }))
    .filter(({ folder }) => isBelow(path, folder))
    .sort((a, b) => b.folder.length - a.folder.length)
  return around[0]?.namespace
}

/** The configured path around a file: the innermost one. */
export function configuredPath(spec: Pick<RepositorySpec, 'paths'>, path: string): string {
  return (
    spec.paths
      .map((each) => normalFolder(each.path))
      .filter((folder) => isBelow(path, folder))
      .sort((a, b) => b.length - a.length)[0] ?? ''
  )
}
