import { applyChanges, describeChange, type FieldChange } from '#src/domain/change.ts'
import { differences } from '#src/domain/difference.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { equalJson, isObject, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { describeRoot, type Root, rootId } from '#src/domain/root.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import { hashRenames, withRenames } from '#src/manifests/kustomize/kustomize-hash.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import { type Affected, affectedBy, pairObjects } from './affected.ts'
import { isAlike, isMadeBy, isSameRelease, refuseOverridden } from './engine-proof.ts'
import { mapLimit } from './map-limit.ts'
import type { KnownRoots, NamedRoot, RootFinder } from './named-roots.ts'
import type { Rendered, RootRenderer } from './render-root.ts'
import type { RepositoryFiles } from './repository-files.ts'
import type { RepositoryReader } from './repository-reader.ts'
import { identityOf, isTarget, objectsOf, withNamespace } from './target-match.ts'
import type { Origin } from './trace.ts'

/** What an edit is held against. */
export interface Claim {
  readonly target: TargetRef
  readonly origin: Origin
  /** What the target must be afterwards. */
  readonly expected: JsonObject
  readonly changes: readonly FieldChange[]
  /** Further changes that may come along now: an entry of `images:` feeds containers together. */
  readonly along?: readonly FieldChange[]
}

/** The target is exactly what it should be. */
export interface Proof {
  readonly object: KubeObject
  /** Every other object that differs, over every root that reaches a changed file. */
  readonly radius: readonly Affected[]
  /** What was rendered before and after: roots and plain files. */
  readonly rendered: readonly string[]
}

/** ProofFailed when the target is not exactly what it should be; RenderFailed when a root no longer renders. */
export type EditProver = (before: RepositoryFiles, after: RepositoryFiles, claim: Claim) => Promise<Proof>

const RENDERS_AT_ONCE = 3

interface Comparison {
  readonly source: string
  readonly isOwn: boolean
  /** An engine renders it because of what the target says. */
  readonly follows: boolean
  /** The engine's object that asks for it. */
  readonly byEngine: string | undefined
  readonly was: Rendered
  readonly is: Rendered
  /** The only other root that includes the target's own one: what it renders of the target is the target. */
  readonly includesOwn: boolean
}

/** One root before and after: what an engine's object says of it may have changed with the files. */
interface RootPair {
  readonly was: NamedRoot
  readonly is: NamedRoot | undefined
  readonly isOwn: boolean
  readonly includesOwn: boolean
}

/** Renders everything that reaches a changed file, before and after, and compares every object. */
export function editProver(
  reader: RepositoryReader,
  renderer: RootRenderer,
  rootsOf: RootFinder,
  namespaceOf: (path: string) => string | undefined,
): EditProver {
  async function plainObjects(files: RepositoryFiles, file: string): Promise<Rendered> {
    const documents = (await reader.parse(files, [file])).get(file)
    if (documents === undefined || isUnparsable(documents)) return []
    return objectsOf(documents).map(({ object }) => object)
  }

  /** A root that cannot be built before the edit is not live in that form, and proves nothing. */
  async function builtBefore(
    files: RepositoryFiles,
    root: Root,
    isOwn: boolean,
  ): Promise<Rendered | undefined> {
    try {
      return await renderer.render(files, root)
    } catch (error) {
      if (isOwn || !(error instanceof OperatorError) || error.code !== 'RenderFailed') throw error
      return undefined
    }
  }

  /** The roots to render: the target's own, and all that reach a changed file or are made by one. */
  async function reaching(
    before: RepositoryFiles,
    changed: readonly string[],
    known: KnownRoots,
    later: KnownRoots,
    own: NamedRoot | undefined,
  ): Promise<readonly RootPair[]> {
    const pairs: (RootPair & { readonly folders: readonly string[] })[] = []
    for (const named of known.roots) {
      if (named.key === own?.key) continue
      const now = later === known ? named : later.roots.find(({ key }) => key === named.key)
      const isRemade = now === undefined || rootId(now.root) !== rootId(named.root)
      const { files, folders } = await renderer.closure(before, named.root)
      if (isRemade || changed.some((path) => files.includes(path)))
        pairs.push({ was: named, is: now, isOwn: false, includesOwn: false, folders })
    }
    const including =
      own === undefined
        ? []
        : pairs.filter(({ was, folders }) =>
            own.root.helm === undefined
              ? folders.includes(own.root.folder)
              : isSameRelease(own.root, was.root),
          )
    const single = including.length === 1 ? including[0] : undefined
    const others = pairs.map((pair) => (pair === single ? { ...pair, includesOwn: true } : pair))
    if (own === undefined) return others
    const is = later.roots.find(({ key }) => key === own.key) ?? own
    return [{ was: own, is, isOwn: true, includesOwn: false }, ...others]
  }

  /** The engine's object whose values make the target: that it changes with it is the change itself. */
  async function carriersOf(files: RepositoryFiles, origin: Origin): Promise<readonly KubeObject[]> {
    if (origin.kind === 'plain') return []
    const engine = (await rootsOf(files)).roots.find(({ key }) => key === origin.key)?.engine
    return engine === undefined ? [] : [engine.origin.object]
  }

  async function comparisons(
    before: RepositoryFiles,
    after: RepositoryFiles,
    origin: Origin,
  ): Promise<readonly Comparison[]> {
    const changed = [...after.changed.keys()].filter((path) => before.version(path) !== after.version(path))
    const known = await rootsOf(before)
    const later = changed.some((path) => known.decidedBy.has(path)) ? await rootsOf(after) : known
    const own = origin.kind === 'rendered' ? { key: origin.key, root: origin.root } : undefined
    const pairs = await reaching(before, changed, known, later, own)
    const compared = await mapLimit(pairs, RENDERS_AT_ONCE, async ({ was, is, isOwn, includesOwn }) => {
      const source = was.engine === undefined ? describeRoot(was.root) : was.key
      const objects = await builtBefore(before, was.root, isOwn)
      if (objects === undefined) return []
      const now = is === undefined ? [] : await renderer.render(after, is.root)
      const follows = was.engine !== undefined && isMadeBy(was.engine, origin)
      const byEngine = was.engine && describeTarget(was.engine.source.object)
      return [{ source, isOwn, follows, byEngine, was: objects, is: now, includesOwn }]
    })
    const reached = await Promise.all(
      pairs.flatMap(({ was, is }) => [
        renderer.closure(before, was.root),
        ...(is === undefined ? [] : [renderer.closure(after, is.root)]),
      ]),
    )
    const ownFile = origin.kind === 'plain' ? origin.file : undefined
    const alone = changed.filter(
      (path) => path === ownFile || !reached.some(({ files }) => files.includes(path)),
    )
    const plain = alone.map(async (file): Promise<Comparison> => {
      const [was, is] = [await plainObjects(before, file), await plainObjects(after, file)]
      return {
        source: file,
        isOwn: file === ownFile,
        follows: false,
        byEngine: undefined,
        was,
        is,
        includesOwn: false,
      }
    })
    return [...compared.flat(), ...(await Promise.all(plain))]
  }

  return async (before, after, claim) => {
    const { origin, target } = claim
    const namespace = namespaceOf(origin.kind === 'plain' ? origin.file : origin.root.folder)
    const all = await comparisons(before, after, origin)
    const carriers = new Set((await carriersOf(before, origin)).map(identityOf))
    const radius: Affected[] = []
    const targets: (KubeObject | undefined)[] = []
    for (const { source, isOwn, follows, byEngine, was, is, includesOwn } of all) {
      const pairs = pairObjects(was, is)
      // What only follows the new name of generated data is the same edit.
      const renames = hashRenames(pairs)
      for (const pair of pairs) {
        if (isOwn && pair.before !== undefined && isTarget(pair.before, target, namespace)) {
          targets.push(pair.after === undefined ? undefined : withNamespace(pair.after, namespace))
          continue
        }
        const before = pair.before && withRenames(pair.before, renames)
        const affected = affectedBy({ before, after: pair.after }, source)
        const isSame = includesOwn && pair.before !== undefined && isAlike(pair.before, origin.object)
        if (isSame && byEngine !== undefined) refuseOverridden(pair.after, claim.changes, byEngine)
        const isCarrier = affected !== undefined && carriers.has(affected.object)
        if (affected !== undefined && !isSame && !isCarrier)
          radius.push(follows ? { ...affected, follows } : affected)
      }
    }
    const [object] = targets
    if (object === undefined || !isAsExpected(object, claim)) throw notProven(claim, object)
    return { object, radius, rendered: all.map(({ source }) => source) }
  }
}

/** A generated object's name follows its content; everything else is as it should be. */
function isAsExpected(object: KubeObject, { expected, along = [] }: Claim): boolean {
  const metadata = expected['metadata']
  const named = {
    ...expected,
    metadata: { ...(isObject(metadata) ? metadata : {}), name: object.metadata.name },
  }
  return equalJson(applyChanges(asJson(object), along), applyChanges(named, along))
}

function notProven({ target, expected, changes }: Claim, result: KubeObject | undefined): OperatorError {
  const object = describeTarget(target)
  if (result === undefined)
    return new OperatorError('ProofFailed', 'it is no longer rendered after the edit', { object })
  const wrong = differences(expected, asJson(result))
    .slice(0, 5)
    .map(({ path }) => formatFieldPath(path))
  const wanted = changes.map(describeChange).join(', ').slice(0, 300)
  return new OperatorError(
    'ProofFailed',
    `after the edit for ${wanted} these fields are not as intended: ${wrong.join(', ')}`,
    { object },
  )
}
