import type { Root } from '#src/domain/root.ts'
import type { RootRenderer } from '#src/manifests/render-root.ts'
import { folderOf, type RepositoryFiles } from '#src/manifests/repository-files.ts'
import type { RepositoryReader } from '#src/manifests/repository-reader.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import { referencesOf } from './kustomization.ts'
import { isKustomizationFile } from './kustomization-graph.ts'

/** One step on the way from a root to the file that feeds a field. */
export interface ChainLink {
  readonly what:
    | 'engine'
    | 'kustomization'
    | 'component'
    | 'patch'
    | 'generator'
    | 'manifest'
    | 'chart'
    | 'values'
    | 'template'
  /** A file or a chart's folder, from the repository's root; of an engine, its object. */
  readonly path: string
}

/** The shortest way by references from a kustomization to a file, both ends included. */
export async function chainTo(
  reader: RepositoryReader,
  renderer: RootRenderer,
  files: RepositoryFiles,
  root: Root,
  file: string,
): Promise<readonly ChainLink[]> {
  if (root.helm !== undefined)
    return [
      { what: 'chart', path: root.helm.archive ?? root.folder },
      { what: 'values', path: file },
    ]
  const { kustomizations } = await renderer.closure(files, root)
  const parsed = await reader.parse(files, kustomizations)
  const byFolder = new Map(kustomizations.map((path) => [folderOf(path), path]))
  const start = byFolder.get(root.folder)
  if (start === undefined) return [{ what: 'manifest', path: file }]
  const queue: (readonly ChainLink[])[] = [[{ what: 'kustomization', path: start }]]
  const seen = new Set([start])
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    const here = way.at(-1)?.path ?? ''
    if (here === file) return way
    const documents = parsed.get(here)
    if (documents === undefined || isUnparsable(documents)) continue
    for (const { path, field } of referencesOf(documents[0] ?? null)) {
      const found = files.find(path, folderOf(here))
      const next =
        found.kind === 'folder' ? byFolder.get(found.path) : found.kind === 'file' ? found.path : undefined
      if (next === undefined || seen.has(next)) continue
      seen.add(next)
      const link = [...way, { what: kindOf(field, next), path: next }]
      if (next === file) return link
      queue.push(link)
    }
  }
  return [
    { what: 'kustomization', path: start },
    { what: 'manifest', path: file },
  ]
}

function kindOf(field: string, path: string): ChainLink['what'] {
  if (isKustomizationFile(path)) return field === 'components' ? 'component' : 'kustomization'
  if (/^patches/.test(field)) return 'patch'
  if (/Generator/.test(field)) return 'generator'
  return 'manifest'
}
