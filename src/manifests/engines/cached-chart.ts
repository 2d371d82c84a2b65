import { posix } from 'node:path'
import type { TreeIndex } from './tree-index.ts'

/** A chart archive that the repository holds: `charts/NAME-VERSION.tgz` at any depth; undefined where it is not the only one. */
export function cachedChart(tree: TreeIndex, name: string, version: string | undefined): string | undefined {
  if (version === undefined) return undefined
  // `+` of a version is `_` in registries, and may be either in a file's name.
  const names = new Set([`${name}-${version}.tgz`, `${name}-${version.replaceAll('+', '_')}.tgz`])
  const found = tree.paths.filter(
    (path) => names.has(posix.basename(path)) && posix.basename(posix.dirname(path)) === 'charts',
  )
  return found.length === 1 ? found[0] : undefined
}
