import { digest } from '#src/domain/digest.ts'
import { type ErrorCode, OperatorError } from '#src/domain/errors.ts'
import { groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import type { Root } from '#src/domain/root.ts'
import { describeTarget, type TargetRef, targetKey } from '#src/domain/target.ts'
import { mayGenerate } from '#src/manifests/kustomize/kustomization.ts'
import { isKustomizationFile } from '#src/manifests/kustomize/kustomize-closure.ts'
import type { ObjectPlace } from '#src/manifests/yaml/edit-manifest-text.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import { BoundedCache } from './bounded-cache.ts'
import { mapLimit } from './map-limit.ts'
import type { NamedRoot } from './named-roots.ts'
import type { RootRenderer } from './render-root.ts'
import { isBelow, type RepositoryFiles } from './repository-files.ts'
import { configuredPath, defaultNamespace, type RepositoryMapper } from './repository-map.ts'
import type { RepositoryReader } from './repository-reader.ts'
import { isTarget, objectsOf, withNamespace } from './target-match.ts'

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

  async function searchPlain(
    files: RepositoryFiles,
    target: TargetRef,
    {
      paths,
      namespaceOf,
    }: { readonly paths: readonly string[]; namespaceOf(path: string): string | undefined },
  ): Promise<Search> {
    const named = await filesNaming(files, paths, (names) => names.includes(target.name))
    const found: Origin[] = []
    const failures: { code: ErrorCode; why: string }[] = []
    const hints: string[] = []
    for (const [file, documents] of await reader.parse(files, named)) {
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

  /** Those of the files in whose text some `name:` passes. Also every file that cannot be read as text of moderate size. */
  async function filesNaming(
    files: RepositoryFiles,
    paths: readonly string[],
    passes: (names: string) => boolean,
  ): Promise<readonly string[]> {
    const contents = await reader.read(files, paths)
    return paths.filter((path) => {
      const bytes = contents.get(path)
      return (
        bytes === undefined ||
        passes(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
      )
    })
  }

  /**
   * Roots that may render the target: they reach a manifest of its kind whose name the target's could be made of by a
   * prefix or suffix, or they use what can rename or generate objects in other ways. The others need no build.
   */
  async function likelyRoots(
    files: RepositoryFiles,
    roots: readonly NamedRoot[],
    target: TargetRef,
  ): Promise<readonly NamedRoot[]> {
    const closures = await Promise.all(roots.map(({ root }) => renderer.closure(files, root)))
    const all = new Set(closures.flatMap((closure) => closure.files))
    await reader.prefetch([[files, all]])
    const named = await filesNaming(files, [...all], (text) =>
      namesIn(text).some((name) => target.name.includes(name)),
    )
    const renaming = await filesNaming(files, [...all], (text) => RENAMES.test(text))
    const telling = new Set(renaming)
    for (const [path, documents] of await reader.parse(files, named)) {
      if (
        isUnparsable(documents) ||
        objectsOf(documents).some(({ object }) => mayBecome(object, target)) ||
        documents.some((json) => mayGenerate(json, target.kind, target.name))
      )
        telling.add(path)
    }
    return roots.filter(({ root }, i) => {
      // What a chart makes is known only when it is rendered.
      if (root.helm !== undefined) return true
      const closure = closures[i]
      return (
        closure === undefined ||
        closure.problem !== undefined ||
        closure.files.some((path) => telling.has(path))
      )
    })
  }

  async function trace(files: RepositoryFiles, target: TargetRef): Promise<Origin> {
    const map = await mapOf(files)
    const plain = await searchPlain(files, target, { paths: map.plain, namespaceOf: map.namespaceOf })
    const likely = await likelyRoots(files, map.roots, target)
    const rendered = await searchRoots(files, target, likely)
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
      const plain = await searchPlain(files, target, {
        paths: map.plain.filter((path) => isBelow(path, root)),
        namespaceOf: map.namespaceOf,
      })
      const isRoot = [...files.paths()].some((path) => isKustomizationFile(path) && folderHolds(path, root))
      const named =
        map.allRoots.find(({ key }) => key === root) ??
        (isRoot ? { key: root, root: { folder: root } } : undefined)
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
      const naming = await filesNaming(files, manifests, (text) =>
        namesIn(text).some((name) => target.name.includes(name)),
      )
      return [...closure.kustomizations, ...naming].slice(0, MAX_NAMED_FILES)
    },
  }
}

function weightOf(origin: Origin): number {
  return 3 * JSON.stringify(origin.object).length
}

function folderHolds(path: string, folder: string): boolean {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0)) === folder
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

/** What makes objects of other kinds or names than stand in the manifests: plugins, replacements, telling patches. */
const RENAMES =
  /\b(generators|transformers|replacements|vars)["']?\s*:|allow(Name|Kind)Change|\/metadata\/name\b|["']?path["']?:\s*["']?\/kind\b/m

function mayBecome(object: KubeObject, target: TargetRef): boolean {
  return (
    object.kind === target.kind &&
    groupOf(object.apiVersion) === groupOf(target.apiVersion) &&
    target.name.includes(object.metadata.name)
  )
}

/** Every text that stands behind `name:`, without parsing. */
function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/["']?name["']?\s*:\s*["']?([^\s"',}#]+)/g)].map(([, name]) => name ?? '')
}
