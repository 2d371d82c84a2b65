import type { ClusterState } from '#src/domain/cluster-state.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { describeTarget } from '#src/domain/target.ts'
import type { FoundObject } from '#src/manifests/checkout/checkout-search.ts'
import type { Checkout } from '#src/manifests/checkout/open-checkout.ts'
import { type EngineSource, isRenderable } from '#src/manifests/engines/engine-source.ts'

/** A merge does not arrive until a person does something else first. */
const BLOCKING: ReadonlySet<string> = new Set(['Suspended', 'PinnedRevision', 'Deleting'])

/**
 * Throws EngineHeld where every engine's source of the state that renders the object's folder would let a merge lie:
 * suspended, being deleted, or following a commit, tag or version and no branch. Holds of single fields or folders are
 * not looked at.
 */
export async function assertNotHeld(
  checkout: Checkout,
  state: ClusterState,
  { origin }: FoundObject,
  namespace: string,
): Promise<void> {
  const objects = [...state.byKind.values()].flatMap((named) => [...named.values()])
  const sources = (await checkout.sources(objects)).filter(
    ({ root, destination }) =>
      isRenderable(root) &&
      root.folder === origin.root.folder &&
      destination.cluster === undefined &&
      (destination.namespace === undefined || destination.namespace === namespace),
  )
  const held = sources.map(blockingHold)
  const [source, first] = [sources[0], held[0]]
  if (source === undefined || first === undefined || held.includes(undefined)) return
  throw new OperatorError('EngineHeld', first.sentence, { object: describeTarget(source.object) })
}

function blockingHold({ holds }: EngineSource) {
  return holds.find(
    ({ reason, only, below }) => BLOCKING.has(reason) && only === undefined && below === undefined,
  )
}
