import { type ClusterState, liveObject } from '#src/domain/cluster-state.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import { describeRoot, type Root } from '#src/domain/root.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import type { FoundObject } from '#src/manifests/checkout/checkout-search.ts'
import type { Checkout } from '#src/manifests/checkout/open-checkout.ts'
import type { WantedObject } from '#src/manifests/checkout/wanted-object.ts'
import { isRenderable } from '#src/manifests/engines/engine-source.ts'
import { isBelow } from '#src/manifests/repository-files.ts'
import { chartRoots } from './chart-roots.ts'
import { unlikeness } from './resemblance.ts'

export interface SourceOptions {
  readonly checkout: Checkout
  readonly state: ClusterState
  /** Somebody named these: nothing else is looked at. */
  readonly named: readonly Root[]
}

/**
 * The object in Git that the live one was applied from: by the roots that somebody named, else by those that the engines'
 * objects of the state ask for, else by anything in the tree, charts last. Of several that render it, it is the one that
 * the live object resembles most. NotInGit, AmbiguousSource when none of them is nearer than the others.
 */
export async function findSource(
  options: SourceOptions,
  target: TargetRef,
  live: KubeObject,
): Promise<FoundObject> {
  const { kind, namespace, name } = target
  const wanted = { kind, group: groupOf(target.apiVersion), namespace, name }
  const search = new Search(options.checkout, wanted)
  const groups =
    options.named.length > 0
      ? [() => search.byRoots(options.named)]
      : [
          () => engineCandidates(options, search),
          () => options.checkout.candidates(wanted),
          () => search.byRoots(chartRoots(options.checkout, live)),
        ]
  for (const group of groups) {
    const found = await group()
    if (found.length > 0) return nearest(found, live, target)
  }
  throw (
    search.failure ??
    new OperatorError('NotInGit', 'nothing here renders it', { object: describeTarget(target) })
  )
}

/** Remembers the most telling reason why a root does not render the object. */
class Search {
  readonly #checkout: Checkout
  readonly #wanted: WantedObject
  failure: OperatorError | undefined

  constructor(checkout: Checkout, wanted: WantedObject) {
    this.#checkout = checkout
    this.#wanted = wanted
  }

  get wanted(): WantedObject {
    return this.#wanted
  }

  async byRoots(roots: readonly Root[]): Promise<readonly FoundObject[]> {
    const found: FoundObject[] = []
    for (const root of roots) {
      try {
        found.push(await this.#checkout.find(root, this.#wanted))
      } catch (error) {
        if (!(error instanceof OperatorError) || !PASSED_OVER.has(error.code)) throw error
        if (error.code === 'AmbiguousSource') found.push(...(await this.#below(root)))
        if (this.failure === undefined || this.failure.code === 'NotInGit') this.failure = error
      }
    }
    return found
  }

  /** A folder may hold several that are meant. */
  async #below({ folder }: Root): Promise<readonly FoundObject[]> {
    const all = await this.#checkout.candidates(this.#wanted)
    return all.filter(({ origin }) =>
      isBelow(origin.kind === 'plain' ? origin.file : origin.root.folder, folder),
    )
  }
}

const PASSED_OVER: ReadonlySet<string> = new Set([
  'NotInGit',
  'AmbiguousSource',
  'RenderFailed',
  'ManifestUnparsable',
  'EditRefused',
])

/**
 * By the engines' objects that the state holds, where they apply to its own cluster. Where the engine's object stands in
 * the checkout too, its root is known with the places of all that it adds.
 */
async function engineCandidates(
  { checkout, state }: SourceOptions,
  search: Search,
): Promise<readonly FoundObject[]> {
  const objects = [...state.byKind.values()].flatMap((named) => [...named.values()])
  const here = (await checkout.sources(objects)).filter(
    ({ destination }) =>
      destination.cluster === undefined &&
      (destination.namespace === undefined || destination.namespace === search.wanted.namespace),
  )
  if (here.length === 0) return []
  const inTree = (await checkout.candidates(search.wanted)).filter(
    ({ engine }) => engine !== undefined && liveObject(state, engine.source.object) !== undefined,
  )
  if (inTree.length > 0) return inTree
  return search.byRoots(here.flatMap(({ root }) => (isRenderable(root) ? [root] : [])))
}

function nearest(found: readonly FoundObject[], live: KubeObject, target: TargetRef): FoundObject {
  const ranked = found
    .map((each) => ({ each, distance: unlikeness(live, each.origin.object) }))
    .sort((a, b) => a.distance - b.distance)
  const [first, second] = ranked
  if (first === undefined) throw new RangeError('at least one object was found')
  if (second === undefined || second.distance > first.distance) return first.each
  const alike = ranked.filter(({ distance }) => distance === first.distance)
  const places = alike.map(({ each: { origin } }) =>
    origin.kind === 'plain' ? origin.file : origin.key || describeRoot(origin.root),
  )
  const different = [...new Set(places)]
  if (different.length === 1) return first.each
  throw new OperatorError(
    'AmbiguousSource',
    `it may come from any of these, and looks the same in each: ${different.join(', ')}`,
    { object: describeTarget(target) },
  )
}
