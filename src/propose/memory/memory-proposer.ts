import type { FieldChange } from '#src/domain/change.ts'
import { formatFieldPath, isWithin, parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { equalJson } from '#src/domain/json.ts'
import { asJson } from '#src/domain/kube-object.ts'
import { containerPath, describeTarget, isWorkloadKind } from '#src/domain/target.ts'
import { abstain, describePlace, propose } from '#src/propose/answers.ts'
import type { Answer, Incident, Proposer } from '#src/propose/proposer.ts'
import { faultShape } from './fault-shape.ts'
import { rejectedBefore } from './rejected.ts'
import type { Remembered } from './remembered.ts'

/**
 * The same fault gets the fix that people merged for it in this namespace, the newest first, as they had edited it: no
 * playbook and no model is asked again. It grounds nothing: the gates want the value's own ground.
 */
export const memoryProposer: Proposer = {
  name: 'memory',
  repairRounds: 2,
  propose: async (incident, refused) => decide(incident, refused.length),
}

function decide(incident: Incident, tried: number): Answer {
  const shape = faultShape(incident)
  const fixes = (incident.remembered ?? [])
    .filter(({ answer, ...each }) => answer !== 'rejected' && each.shape === shape)
    .map((each) => ({ each, changes: each.changes.map((change) => inPlace(incident, each, change)) }))
    .filter(({ changes }) => isNew(incident, changes) && rejectedBefore(incident, changes) === undefined)
  const distinct = [...new Map(fixes.toReversed().map((fix) => [JSON.stringify(fix.changes), fix])).values()]
  const fix = distinct.toReversed()[tried]
  if (fix === undefined) return abstain('No fix of such a fault is remembered in this namespace.')
  const { each, changes } = fix
  const merged = each.answer === 'edited' ? 'edited and merged by people' : 'merged by people'
  const evidence = `For the same fault of ${describeTarget(each.target)} it was ${merged}, and the fault was gone (Remediation ${each.by}).`
  const fields = [...new Set(changes.map(({ field }) => field.slice(field.lastIndexOf('].') + 1)))]
  return propose(
    {
      proposer: memoryProposer.name,
      summary: `Set ${fields.slice(0, 4).join(', ').replace(/^\./, '')} of ${describePlace(incident)} as it was merged before`,
      rootCause: `The fault (${incident.fault.reason}) is the one that Remediation ${each.by} repaired.`,
      risk: 'What helped then may not be all that is wrong now.',
    },
    changes.map((change) => ({ change, grounds: [{ kind: 'cluster' as const, evidence }] })),
  )
}

/* The same change in the container that is at fault now. */
function inPlace({ target, fault }: Incident, before: Remembered, change: FieldChange): FieldChange {
  const { kind } = before.target
  if (!isWorkloadKind(kind) || !isWorkloadKind(target.kind) || fault.container === '') return change
  const was = containerPath(kind, before.fault.role, before.fault.container)
  const path = parseFieldPath(change.field)
  if (!isWithin(path, was)) return change
  const here = containerPath(target.kind, fault.role, fault.container)
  return { ...change, field: formatFieldPath([...here, ...path.slice(was.length)]) }
}

function isNew({ rendered }: Incident, changes: readonly FieldChange[]): boolean {
  return changes.some((change) => {
    const present = valueAt(asJson(rendered), parseFieldPath(change.field))
    return !equalJson(present, change.op === 'set' ? change.value : undefined)
  })
}
