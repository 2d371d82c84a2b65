import { limitRangeTrouble } from '#src/detect/state/limits.ts'
import { at } from '#src/domain/cluster-state.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { quantity } from '#src/domain/quantity.ts'
import { containerPath, containersOf, isWorkloadKind } from '#src/domain/target.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { type Derived, set } from './derived.ts'

/** A request below what a LimitRange asks for at least → that minimum. What is above a maximum is nobody's to cut. */
export function derivedForLimits({ fault, state, snapshot, target, rendered }: Incident): readonly Derived[] {
  if (fault.reason !== 'LimitRangeExceeded' || state === undefined || !isWorkloadKind(target.kind)) return []
  const trouble = limitRangeTrouble(state, snapshot.workload)
  const found = containersOf(rendered).find(({ container }) => container['name'] === trouble?.container)
  if (trouble?.bound !== 'min' || found === undefined) return []
  const path = formatFieldPath(containerPath(target.kind, found.role, trouble.container))
  const least = quantity(trouble.allowed) ?? 0
  const changes = (['requests', 'limits'] as const).flatMap((kind) => {
    const present = quantity(at(found.container, 'resources', kind, trouble.resource))
    const low = present !== undefined && present < least
    return low ? [set(`${path}.resources.${kind}.${trouble.resource}`, trouble.allowed)] : []
  })
  if (changes.length === 0) return []
  const evidence = `LimitRange ${trouble.limitRange} asks for at least ${trouble.allowed} of ${trouble.resource}.`
  return [{ changes, kind: 'bound', evidence }]
}
