import { causesIn } from '#src/detect/state/collapse.ts'
import { sightingsIn } from '#src/detect/state/find-faults.ts'
import type { ClusterState } from '#src/domain/cluster-state.ts'
import type { StateFinding } from '#src/domain/state-finding.ts'
import type { ContainerRole, TargetRef } from '#src/domain/target.ts'
import { targetKey } from '#src/domain/target.ts'

interface Place {
  readonly target: TargetRef
  readonly role: ContainerRole
  readonly container: string
}

/**
 * What the namespace as a whole tells of a failing container: the one cause behind it and whatever else shows it, on the
 * object that comes first. Undefined where the checks see nothing there.
 */
export function causeOf(state: ClusterState, place: Place, now: number): StateFinding | undefined {
  return causesIn(sightingsIn(state, now))
    .map(({ finding }) => finding)
    .find((finding) => [finding, ...finding.affected].some((it) => isSamePlace(it, place)))
}

function isSamePlace(a: Place, b: Place): boolean {
  return a.role === b.role && a.container === b.container && targetKey(a.target) === targetKey(b.target)
}
