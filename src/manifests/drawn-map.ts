import { digest } from '#src/domain/digest.ts'
import { isKustomizationFile } from '#src/manifests/kustomize/kustomization-graph.ts'
import type { ManifestFacts } from './manifest-facts.ts'
import type { RootRenderer } from './render-root.ts'
import { folderOf, type RepositoryFiles } from './repository-files.ts'
import type { RepositoryMap } from './repository-map.ts'

/** A map, and what it was drawn of beyond the outline of its files: it holds for all files that have the same of both. */
export interface Drawn {
  readonly map: RepositoryMap
  /** By path; undefined for a file that is not there. */
  readonly versions: ReadonlyMap<string, string>
}

/**
 * One text per everything that is known to shape a map before it is drawn: which paths there are, what manifests tell at a
 * glance, and what those files hold that kustomize or engines take their orders from, and those beside an engine's object.
 */
export function outlineOf(
  files: RepositoryFiles,
  paths: readonly string[],
  facts: ReadonlyMap<string, ManifestFacts>,
): string {
  const spoken = new Set(paths.filter((path) => facts.get(path)?.ofEngines).map(folderOf))
  const told = paths.map((path) => {
    if (isKustomizationFile(path) || spoken.has(folderOf(path))) return files.version(path)
    const { names, kinds, renames } = facts.get(path) ?? {}
    return [names, kinds, renames]
  })
  return digest(files.shape, JSON.stringify(told))
}

/**
 * The contents that turned out to matter while a map was drawn: of files that decided about engines' roots or configure
 * plugins, and of those that roots reach and that are no manifests by their names.
 */
export async function versionsBehind(
  renderer: RootRenderer,
  files: RepositoryFiles,
  { roots, allRoots, decidedBy }: RepositoryMap,
): Promise<Drawn['versions']> {
  const paths = new Set(decidedBy)
  for (const { root } of [...allRoots, ...roots]) {
    const closure = await renderer.closure(files, root)
    for (const path of closure.plugins) paths.add(path)
    for (const path of closure.files) if (!/\.(ya?ml|json)$/.test(path)) paths.add(path)
  }
  return new Map([...paths].map((path) => [path, files.version(path)]))
}

export function isDrawnOf({ versions }: Drawn, files: RepositoryFiles): boolean {
  return [...versions].every(([path, version]) => files.version(path) === version)
}
