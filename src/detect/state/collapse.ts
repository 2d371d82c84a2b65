import type { FaultPlaceRef, StateFinding } from '#src/domain/state-finding.ts'
import { targetKey } from '#src/domain/target.ts'
import type { Sighting } from './check.ts'

const MOST_EVIDENCE = 10

/**
 * One finding per cause, its first sighting with the evidence of all; symptoms are dropped where anything else is wrong
 * with what they follow from.
 */
export function collapsed(sightings: readonly Sighting[]): readonly StateFinding[] {
  return causesIn(sightings).map(({ finding }) => finding)
}

/** The same, each finding with the sightings that it is made of. */
export function causesIn(
  sightings: readonly Sighting[],
): readonly { readonly finding: StateFinding; readonly seen: readonly Sighting[] }[] {
  const byCause = new Map<string, Sighting[]>()
  for (const sighting of sightings) {
    byCause.set(sighting.cause, [...(byCause.get(sighting.cause) ?? []), sighting])
  }
  const groups = [...byCause.values()]
  const roots = new Set(sightings.flatMap((it) => (it.symptomOf.length === 0 ? [targetKey(it.target)] : [])))
  return groups.flatMap((group) => {
    const lasting = group.filter((it) => !it.symptomOf.some((target) => roots.has(targetKey(target))))
    const [first] = lasting
    return first === undefined ? [] : [{ finding: merged(first, lasting), seen: lasting }]
  })
}

function merged(first: Sighting, group: readonly Sighting[]): StateFinding {
  const { since: _since, cause: _cause, symptomOf: _symptomOf, ...finding } = first
  const places = new Map<string, FaultPlaceRef>()
  for (const { target, role, container, fields } of group) {
    const key = `${targetKey(target)} ${role} ${container}`
    if (!places.has(key)) places.set(key, { target, role, container, fields })
  }
  const evidence = new Map(
    group.flatMap((it) => it.evidence).map((it) => [`${it.kind}/${it.namespace}/${it.name}`, it]),
  )
  return {
    ...finding,
    evidence: [...evidence.values()].slice(0, MOST_EVIDENCE),
    affected: [...places.values()].slice(1),
  }
}
