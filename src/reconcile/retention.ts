import { isEnded, type Remediation } from '#src/domain/remediation.ts'
import { targetKey } from '#src/domain/target.ts'

/** A Remediation, and when its status was last written (milliseconds since the epoch). */
export interface Kept {
  readonly remediation: Remediation
  readonly updated: number
}

/**
 * Those that ended longer than `keepMs` ago and that nothing needs any more. Two kinds stay, the latest of each: what was
 * closed, reverted or no help keeps its very fault from being proposed again; what was merged and helped is what the same
 * shape of fault is answered with in its namespace.
 */
export function outlived(all: readonly Kept[], now: number, keepMs: number): readonly Remediation[] {
  const latestOfFault = latestBy(all, ({ target, fault }) => JSON.stringify([targetKey(target), fault.key]))
  const helped = all.filter(({ remediation }) => shapeOf(remediation) !== undefined)
  const latestOfShape = latestBy(helped, (each) => JSON.stringify([each.namespace, shapeOf(each)]))
  const isNeeded = (each: Kept) =>
    (snoozes(each.remediation) && latestOfFault.has(each)) || latestOfShape.has(each)
  return all
    .filter(({ remediation, updated }) => isEnded(remediation) && now - updated > keepMs)
    .filter((each) => !isNeeded(each))
    .map(({ remediation }) => remediation)
}

function latestBy(all: readonly Kept[], keyOf: (remediation: Remediation) => string): ReadonlySet<Kept> {
  const latest = new Map<string, Kept>()
  for (const each of all) {
    const key = keyOf(each.remediation)
    const known = latest.get(key)
    if (known === undefined || known.updated < each.updated) latest.set(key, each)
  }
  return new Set(latest.values())
}

function snoozes({ state }: Remediation): boolean {
  return state.phase === 'Rejected' || state.phase === 'Failed' || state.phase === 'Reverted'
}

/** The shape of the fault, of what was merged and helped. */
function shapeOf({ state }: Remediation): string | undefined {
  return state.phase === 'Applied' && state.recovered ? state.plan.faultShape : undefined
}
