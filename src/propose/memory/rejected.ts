import type { FieldChange } from '#src/domain/change.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { changesKey, type Remembered } from './remembered.ts'

/** The Remediation by which these changes are known to have been rejected for this very fault. */
export function rejectedBefore(
  { fault, remembered = [] }: Pick<Incident, 'fault' | 'remembered'>,
  changes: readonly FieldChange[],
): Remembered | undefined {
  const key = changesKey(changes)
  return remembered.find(
    (each) => each.answer === 'rejected' && each.fault.key === fault.key && changesKey(each.changes) === key,
  )
}

/** What memory has against changes: that people, or the cluster, have rejected them for this fault. Else nothing. */
export function memoryVerdicts(incident: Incident, changes: readonly FieldChange[]): readonly GateVerdict[] {
  const before = rejectedBefore(incident, changes)
  if (before === undefined) return []
  const message = `Remediation ${before.by} proposed the same for this fault, and it was closed, reverted or no help.`
  return [{ gate: 'memory', verdict: 'refused', message }]
}
