import { digest } from '#src/domain/digest.ts'
import type { Fault } from '#src/domain/fault.ts'
import { isEnded, type Remediation } from '#src/domain/remediation.ts'
import type { FaultPlaceRef } from '#src/domain/state-finding.ts'
import { type TargetRef, targetKey } from '#src/domain/target.ts'

export type NextIncident =
  /** A Remediation for this fault is under way. */
  | { readonly kind: 'open'; readonly name: string }
  /** This very fault was closed by a person, failed, or was reverted: nothing until the field at fault changes. */
  | { readonly kind: 'snoozed'; readonly name: string }
  | { readonly kind: 'new'; readonly name: string }

/** Names are DNS subdomains; the suffixes and `-auto-fix` need room. */
const LONGEST_WORKLOAD_NAME = 220

/**
 * Whether a fault opens a new Remediation, given the Remediations of its namespace. One is open per workload, container
 * and family, whatever the fault key says: while a fix rolls out, the content of the field at fault changes, and so
 * does the key. A Remediation of any object that shows the very same cause (`affected`) is this fault's as well. Pure,
 * and the same answer for the same objects, so that two tries create one object.
 */
export function nextIncident(
  target: TargetRef,
  fault: Fault,
  existing: readonly Remediation[],
  now: number,
  affected: readonly FaultPlaceRef[] = [],
): NextIncident {
  const mine = existing.filter((each) => targetKey(each.target) === targetKey(target))
  const places = new Set([{ target, container: fault.container }, ...affected].map(placeKey))
  const open = existing.find(
    (each) =>
      !isEnded(each) &&
      each.fault.family === fault.family &&
      places.has(placeKey({ target: each.target, container: each.fault.container })),
  )
  if (open) return { kind: 'open', name: open.name }
  const snoozing = mine.find((each) => each.fault.key === fault.key && snoozes(each, now))
  if (snoozing) return { kind: 'snoozed', name: snoozing.name }
  return { kind: 'new', name: freeName(target, fault, existing) }
}

function placeKey({ target, container }: Pick<FaultPlaceRef, 'target' | 'container'>): string {
  return `${targetKey(target)} ${container}`
}

function snoozes({ state }: Remediation, now: number): boolean {
  if (state.phase === 'Rejected' && state.until !== undefined) return now < state.until
  return state.phase === 'Rejected' || state.phase === 'Failed' || state.phase === 'Reverted'
}

/** What a reviewer said when asking for another attempt at this fault: of the last one that ended. */
export function hintFor(
  target: TargetRef,
  fault: Fault,
  existing: readonly Remediation[],
): string | undefined {
  const before = existing
    .filter((each) => targetKey(each.target) === targetKey(target) && each.fault.key === fault.key)
    .toSorted((a, b) => b.timeline.detected - a.timeline.detected)
  const state = before[0]?.state
  return state !== undefined && 'hint' in state ? state.hint : undefined
}

function freeName(target: TargetRef, fault: Fault, existing: readonly Remediation[]): string {
  const taken = new Set(existing.map(({ name }) => name))
  const plain = `${target.name.slice(0, LONGEST_WORKLOAD_NAME)}-auto-fix`
  if (!taken.has(plain)) return plain
  const suffixed = `${plain}-${digest(targetKey(target), fault.key).slice(0, 5)}`
  if (!taken.has(suffixed)) return suffixed
  for (let n = 2; ; n++) if (!taken.has(`${suffixed}-${n}`)) return `${suffixed}-${n}`
}
