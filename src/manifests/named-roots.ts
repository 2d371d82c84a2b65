import type { Root } from '#src/domain/root.ts'
import type { EngineRoot } from './engine-roots.ts'
import { isBelow, type RepositoryFiles } from './repository-files.ts'

/** A root under a name that stays when what an engine says of it changes. */
export interface NamedRoot {
  /** The folder; for a root that an engine's object makes, more: see EngineRoot. */
  readonly key: string
  readonly root: Root
  /** Of objects that carry none. */
  readonly namespace?: string
  readonly engine?: EngineRoot
}

/** Everything in a repository that is rendered as a whole. */
export interface KnownRoots {
  readonly roots: readonly NamedRoot[]
  /** Without a change in one of these files the roots stay the same. */
  readonly decidedBy: ReadonlySet<string>
}

export type RootFinder = (files: RepositoryFiles) => Promise<KnownRoots>

/**
 * Kustomizations and what engines make of folders, each once: an engine that adds something to a kustomization renders
 * it in its place, and one that adds nothing renders what is there anyway.
 */
export function namedRoots(
  kustomizations: readonly Root[],
  engines: readonly EngineRoot[],
): readonly NamedRoot[] {
  const folders = new Set(kustomizations.map(({ folder }) => folder))
  const telling = engines.filter(
    ({ root, source }) =>
      root.helm !== undefined ||
      root.overrides !== undefined ||
      (folders.has(root.folder) && source.destination.namespace !== undefined),
  )
  const taken = new Set(telling.filter(({ root }) => root.helm === undefined).map(({ root }) => root.folder))
  return [
    ...kustomizations
      .filter(({ folder }) => !taken.has(folder))
      .map((root): NamedRoot => ({ key: root.folder, root })),
    ...telling.map((engine): NamedRoot => {
      const { namespace } = engine.source.destination
      return { key: engine.key, root: engine.root, engine, ...(namespace !== undefined && { namespace }) }
    }),
  ]
}

/** By file, the namespace that the one engine around it gives to objects without one; none where engines differ. */
export function plainNamespaces(engines: readonly EngineRoot[]): (path: string) => string | undefined {
  const plain = engines.filter(({ root }) => root.helm === undefined)
  return (path) => {
    const around = plain
      .filter(({ root }) => isBelow(path, root.folder))
      .sort((a, b) => b.root.folder.length - a.root.folder.length)
    const innermost = around.filter(({ root }) => root.folder === around[0]?.root.folder)
    const namespaces = new Set(innermost.map(({ source }) => source.destination.namespace))
    return namespaces.size === 1 ? [...namespaces][0] : undefined
  }
}
