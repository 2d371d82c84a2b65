import { posix } from 'node:path'
import { isObject } from '#src/domain/json.ts'
import { objectsAt, textAt, textsAt } from './reading.ts'
import { clampedPath, type TreeIndex } from './tree-index.ts'

const KUSTOMIZATIONS: ReadonlySet<string> = new Set([
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
])

/**
 * The file that a `configMapGenerator` makes this key of a ConfigMap of, looked for below a folder first (that of the
 * Flux Kustomization which applies the reader). Undefined where there is none, or more than one that differ in place.
 */
export function generatorFile(
  tree: TreeIndex,
  configMap: string,
  key: string,
  below: string | undefined,
): string | undefined {
  const found = tree.paths
    .filter((path) => KUSTOMIZATIONS.has(posix.basename(path)))
    .flatMap((path) => filesIn(tree, path, configMap, key))
  const near = below === undefined ? [] : found.filter((path) => path.startsWith(`${below}/`))
  const [only, ...others] = new Set(near.length > 0 ? near : found)
  return others.length === 0 && only !== undefined && tree.has(only) ? only : undefined
}

function filesIn(tree: TreeIndex, path: string, configMap: string, key: string): readonly string[] {
  const kustomization = tree.json(path)
  if (!isObject(kustomization)) return []
  const folder = posix.dirname(path)
  return objectsAt(kustomization, 'configMapGenerator')
    .filter((generator) => isNamed(configMap, textAt(generator, 'name')))
    .flatMap((generator) => textsAt(generator, 'files'))
    .map((entry) => {
      const equals = entry.indexOf('=')
      return equals < 0
        ? { key: posix.basename(entry), file: entry }
        : { key: entry.slice(0, equals), file: entry.slice(equals + 1) }
    })
    .filter((entry) => entry.key === key)
    .map(({ file }) => clampedPath(posix.join(folder, file)))
}

/** As written, or with the hash suffix of ten characters that kustomize adds. */
function isNamed(name: string, generator: string | undefined): boolean {
  return name === generator || (generator !== undefined && name.replace(/-[a-z0-9]{10}$/, '') === generator)
}
