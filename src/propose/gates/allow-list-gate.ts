import type { FieldChange } from '#src/domain/change.ts'
import type { Family } from '#src/domain/fault.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import { isAllowed } from '#src/propose/allow-list.ts'
import type { ContainerRef } from '#src/propose/container-view.ts'
import { pathOf } from './schema.ts'
import { judge } from './verdict.ts'

/** Only fields that may answer this family of faults, in the container that shows it. */
export function allowListGate(
  kind: string,
  family: Family,
  ref: ContainerRef,
  changes: readonly FieldChange[],
): GateVerdict {
  const troubles = changes.flatMap((change) => {
    const path = pathOf(change)
    if (path !== undefined && isAllowed(path, kind, family, ref)) return []
    return [`${change.field.slice(0, 200)} may not be changed for a fault of family ${family}.`]
  })
  return judge('allow-list', troubles, `Every field may be changed for a fault of family ${family}.`)
}
