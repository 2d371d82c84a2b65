import type { FieldChange } from '#src/domain/change.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { whatIf } from '#src/propose/what-if.ts'
import { passed, refused } from './verdict.ts'

/** The check that found the fault would not find it any more: a node fits, a pod is selected, a name exists. */
export function whatIfGate(incident: Incident, changes: readonly FieldChange[]): GateVerdict {
  switch (whatIf(incident, changes)) {
    case 'cured':
      return passed('what-if', 'With these changes the check that found the fault finds nothing.')
    case 'unknown':
      return passed('what-if', 'Only the cluster itself can tell whether this ends the fault.')
    case 'remains':
      return refused('what-if', 'With these changes the fault would still be there.')
  }
}
