import { digest } from '#src/domain/digest.ts'
import { type ErrorCode, OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import type { Root } from '#src/domain/root.ts'
import { describeTarget, type TargetRef, targetKey } from '#src/domain/target.ts'
import { hasKustomization } from '#src/manifests/kustomize/kustomize-root.ts'
import type { ObjectPlace } from '#src/manifests/yaml/edit-manifest-text.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import { BoundedCache } from '#src/runtime/bounded-cache.ts'
import { mapLimit } from './map-limit.ts'
import type { NamedRoot } from './named-roots.ts'
import type { RootRenderer } from './render-root.ts'
import { isBelow, type RepositoryFiles } from './repository-files.ts'
import {
  configuredPath,
  defaultNamespace,
  type RepositoryMap,
  type RepositoryMapper,
} from './repository-map.ts'
import type { RepositoryReader } from './repository-reader.ts'
import { isTarget, objectsOf, withNamespace } from './target-match.ts'
import { type TraceIndex, traceIndex } from './trace-index.ts'

/** Where the target comes from: one object of a plain file, or one root that renders it. */
export type Origin =
  | {
      readonly kind: 'plain'
      readonly root: Root
      readonly file: string
      readonly place: ObjectPlace
      readonly object: KubeObject
    }
  | {
      readonly kind: 'rendered'
      /** The name of the root: `NamedRoot.key`. */
      readonly key: string
      readonly root: Root
      readonly object: KubeObject
    }

export interface Tracer {
  /** NotInGit, AmbiguousSource, ManifestUnparsable, RenderFailed, RendererMissing. */
  trace(files: RepositoryFiles, target: TargetRef): Promise<Origin>
  /** The target by one root, as `trace` named it; undefined when it is not there. */
  findByRoot(files: RepositoryFiles, root: string, target: TargetRef): Promise<Origin | undefined>
  /** The files that feed an origin, for people: its kustomizations and the manifests that may hold the target. */
  filesOf(files: RepositoryFiles, origin: Origin, target: TargetRef): Promise<readonly string[]>
}

interface Search {
  readonly found: readonly Origin[]
  readonly failures: readonly { readonly code: ErrorCode; readonly why: string }[]
  /** Things a person would like to hear when nothing is found. */
  readonly hints: readonly string[]
}

const BUILDS_AT_ONCE = 3
const MAX_NAMED_FILES = 50
const MEMORY_FOR_ORIGINS = 8 * 2 ** 20

export function tracer(
  spec: RepositorySpec,
  reader: RepositoryReader,
  renderer: RootRenderer,
  mapOf: RepositoryMapper,
): Tracer {
  const traced = new BoundedCache<Origin>(MEMORY_FOR_ORIGINS)
  const indexes = new WeakMap<RepositoryMap, Promise<TraceIndex>>()

  /** Made once per map, and forgotten with it. */
  function indexOf(files: RepositoryFiles, map: RepositoryMap): Promise<TraceIndex> {
    const known = indexes.get(map)
    if (known !== undefined) return known
    const making = traceIndex(reader, renderer, files, map)
    indexes.set(map, making)
    making.catch(() => indexes.delete(map))
    return making
  }

  async function searchPlain(
    files: RepositoryFiles,
    target: TargetRef,
    {
      paths,
      namespaceOf,
    }: { readonly paths: readonly string[]; namespaceOf(path: string): string | undefined },
  ): Promise<Search> {
    const found: Origin[] = []
    const failures: { code: ErrorCode; why: string }[] = []
    const hints: string[] = []
    for (const [file, documents] of await reader.parse(files, paths)) {
      if (isUnparsable(documents)) {
        failures.push({ code: 'ManifestUnparsable', why: `${file}: ${documents.error}` })
        continue
      }
      const namespace = defaultNamespace(spec, file) ?? namespaceOf(file)
      for (const { place, object } of objectsOf(documents)) {
        if (isTarget(object, target, namespace)) {
          const root = { folder: configuredPath(spec, file) }
          found.push({ kind: 'plain', root, file, place, object: withNamespace(object, namespace) })
        } else if (isTarget(object, target, target.namespace)) {
          hints.push(`${file} holds it without a namespace; give its path one in the configuration`)
        }
      }
    }
    return { found, failures, hints }
  }

  async function searchRoots(
    files: RepositoryFiles,
    target: TargetRef,
    roots: readonly NamedRoot[],
  ): Promise<Search> {
    const searches = await mapLimit(roots, BUILDS_AT_ONCE, (root) => searchRoot(files, target, root))
    return {
      found: searches.flatMap(({ found }) => found),
      failures: searches.flatMap(({ failures }) => failures),
      hints: [],
    }
  }

  async function searchRoot(files: RepositoryFiles, target: TargetRef, named: NamedRoot): Promise<Search> {
    const { key, root } = named
    const namespace = defaultNamespace(spec, root.folder) ?? named.namespace
    try {
      const found = (await renderer.render(files, root))
        .filter((object) => isTarget(object, target, namespace))
        .map((object): Origin => ({ kind: 'rendered', key, root, object: withNamespace(object, namespace) }))
      return { found, failures: [], hints: [] }
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code === 'Internal') throw error
      return { found: [], failures: [{ code: error.code, why: error.message }], hints: [] }
    }
  }

  async function trace(files: RepositoryFiles, target: TargetRef): Promise<Origin> {
    const map = await mapOf(files)
    const index = await indexOf(files, map)
    const paths = index.plainNaming(target.name)
    const plain = await searchPlain(files, target, { paths, namespaceOf: map.namespaceOf })
    const rendered = await searchRoots(files, target, await index.likelyRoots(files, target))
    const found = [...plain.found, ...rendered.found]
    const [origin, second] = found
    const object = describeTarget(target)
    if (second !== undefined) {
      const sources = found.map((each) => (each.kind === 'plain' ? each.file : each.key || '.'))
      throw new OperatorError(
        'AmbiguousSource',
        `it comes from more than one source: ${sources.join(', ')}`,
        { object },
      )
    }
    if (origin !== undefined) return origin
    throw notFound(spec, object, [...plain.failures, ...rendered.failures], plain.hints)
  }

  return {
    async trace(files, target) {
      const key = digest(files.id, targetKey(target))
      const origin = traced.get(key) ?? (await trace(files, target))
      traced.set(key, origin, weightOf(origin))
      return origin
    },
    async findByRoot(files, root, target) {
      const map = await mapOf(files)
      const index = await indexOf(files, map)
      const paths = index.plainNaming(target.name).filter((path) => isBelow(path, root))
      const plain = await searchPlain(files, target, { paths, namespaceOf: map.namespaceOf })
      const named =
        map.allRoots.find(({ key }) => key === root) ??
        (hasKustomization(files, root) ? { key: root, root: { folder: root } } : undefined)
      const built =
        named !== undefined && plain.found.length === 0 ? await searchRoot(files, target, named) : undefined
      const found = [...plain.found, ...(built?.found ?? [])]
      const object = describeTarget(target)
      if (found.length > 1)
        throw new OperatorError('AmbiguousSource', 'it stands in Git more than once', { object })
      const [failure] = found.length === 0 ? [...plain.failures, ...(built?.failures ?? [])] : []
      if (failure !== undefined) throw new OperatorError(failure.code, failure.why, { object })
      return found[0]
    },
    async filesOf(files, origin, target) {
      if (origin.kind === 'plain') return [origin.file]
      const closure = await renderer.closure(files, origin.root)
      const manifests = closure.files.filter((path) => !closure.kustomizations.includes(path))
      const facts = await reader.facts(files, manifests)
      const naming = manifests.filter((path) =>
        facts.get(path)?.names.some((name) => target.name.includes(name)),
      )
      return [...closure.kustomizations, ...naming].slice(0, MAX_NAMED_FILES)
    },
  }
}

function weightOf(origin: Origin): number {
  return 3 * JSON.stringify(origin.object).length
}

function notFound(
  spec: RepositorySpec,
  object: string,
  failures: Search['failures'],
  hints: readonly string[],
): OperatorError {
  const bounded = (texts: readonly string[]) => texts.slice(0, 3).join('; ')
  if (hints.length > 0)
    return new OperatorError('NotInGit', `repository ${spec.name} does not name it: ${bounded(hints)}`, {
      object,
    })
  const [first] = failures
  if (first !== undefined) {
    const why = bounded(failures.map((failure) => failure.why))
    return new OperatorError(
      first.code,
      `not found in repository ${spec.name}, parts of which cannot be read: ${why}`,
      { object },
    )
  }
  const paths = spec.paths.map(({ path }) => path).join(', ')
  return new OperatorError('NotInGit', `not found in repository ${spec.name} below ${paths}`, { object })
}
