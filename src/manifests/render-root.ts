import { digest } from '#src/domain/digest.ts'
import { asOperatorError, OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { describeRoot, type Root, rootId } from '#src/domain/root.ts'
import { type Helm, helmRunner } from '#src/manifests/helm/helm-process.ts'
import { chartRoots } from '#src/manifests/helm/helm-root.ts'
import type { Closure } from '#src/manifests/kustomize/kustomize-closure.ts'
import type { Kustomizer } from '#src/manifests/kustomize/kustomize-process.ts'
import { hasKustomization, kustomizeRoots } from '#src/manifests/kustomize/kustomize-root.ts'
import { plainRoots } from '#src/manifests/kustomize/plain-root.ts'
import { BoundedCache } from '#src/runtime/bounded-cache.ts'
import type { RepositoryFiles } from './repository-files.ts'
import type { RepositoryReader } from './repository-reader.ts'
import type { Scratch } from './scratch.ts'

/** The objects that a root renders to, in its order. */
export type Rendered = readonly KubeObject[]

export interface RootRenderer {
  closure(files: RepositoryFiles, root: Root): Promise<Closure>
  /** Throws RenderFailed or RendererMissing. */
  render(files: RepositoryFiles, root: Root): Promise<Rendered>
}

/** One way to render: what it reads, and what comes of that. */
export interface RootStrategy<Reach extends Closure> {
  closure(files: RepositoryFiles, root: Root): Promise<Reach>
  /** True where the closure follows from which paths and links there are, and from what the files in it hold. */
  isLasting(files: RepositoryFiles, root: Root): boolean
  /** `weight`: roughly the bytes that keeping the objects takes. RenderFailed. */
  build(
    files: RepositoryFiles,
    root: Root,
    closure: Reach,
  ): Promise<{ readonly objects: Rendered; readonly weight: number }>
}

const MEMORY_FOR_RENDERS = 48 * 2 ** 20

/** Renders every kind of root: a chart, a kustomization where the folder holds one, plain manifests otherwise. */
export function rootRenderer(
  reader: RepositoryReader,
  kustomize: Kustomizer,
  scratch: Scratch,
  helm: Helm = helmRunner(undefined),
): RootRenderer {
  const charts = cached(chartRoots({ reader, helm, scratch }))
  const kustomized = cached(kustomizeRoots(reader, kustomize, scratch))
  const plain = cached(plainRoots(reader, kustomized))
  const by = (files: RepositoryFiles, root: Root) => {
    if (root.helm !== undefined) return charts
    return isKustomized(files, root) ? kustomized : plain
  }
  return {
    closure: (files, root) => by(files, root).closure(files, root),
    render: (files, root) => by(files, root).render(files, root),
  }
}

/** Argo CD's `directory` source takes the files of a folder as they are, whatever they say. */
function isKustomized(files: RepositoryFiles, { folder, plain, overrides }: Root): boolean {
  return overrides !== undefined || (plain === undefined && hasKustomization(files, folder))
}

/**
 * Results, failures too, are kept by what they were made of: a commit that touches none of those files costs no build.
 */
function cached<Reach extends Closure>(strategy: RootStrategy<Reach>): RootRenderer {
  const closures = new BoundedCache<Reach>(4000)
  const lasting = new BoundedCache<{ readonly found: Reach; readonly versions: readonly string[] }>(2000)
  const results = new BoundedCache<Rendered | OperatorError>(MEMORY_FOR_RENDERS)
  const running = new Map<string, Promise<Rendered>>()

  async function closure(files: RepositoryFiles, root: Root): Promise<Reach> {
    const key = digest(files.id, rootId(root))
    const known = closures.get(key)
    if (known) return known
    const found = await closureAnew(files, root)
    closures.set(key, found)
    return found
  }

  /** Most roots reach at a new commit what they reached at the one before. */
  async function closureAnew(files: RepositoryFiles, root: Root): Promise<Reach> {
    if (!strategy.isLasting(files, root)) return strategy.closure(files, root)
    const key = digest(files.shape, rootId(root))
    const known = lasting.get(key)
    const isSame = known?.found.files.every((path, i) => files.version(path) === known.versions[i])
    if (known !== undefined && isSame) return known.found
    const found = await strategy.closure(files, root)
    const versions = found.files.map((path) => files.version(path))
    lasting.set(key, { found, versions })
    return found
  }

  async function render(files: RepositoryFiles, root: Root): Promise<Rendered> {
    const found = await closure(files, root)
    const object = describeRoot(root)
    if (found.problem !== undefined) throw new OperatorError('RenderFailed', found.problem, { object })
    const key = digest(
      rootId(root),
      ...[...found.files, ...found.links].flatMap((path) => [path, files.version(path)]),
    )
    const known = results.get(key)
    if (known instanceof OperatorError) throw known
    if (known) return known
    const ongoing =
      running.get(key) ??
      strategy.build(files, root, found).then(
        ({ objects, weight }) => {
          results.set(key, objects, weight)
          return objects
        },
        (cause: unknown) => {
          const error = asOperatorError(cause)
          if (error.code !== 'RenderFailed') throw error
          const named = new OperatorError('RenderFailed', error.message, { object })
          results.set(key, named, 1000)
          throw named
        },
      )
    running.set(key, ongoing)
    return ongoing.finally(() => running.delete(key))
  }

  return { closure, render }
}
