import type { FieldChange } from '#src/domain/change.ts'
import type { Difference } from '#src/domain/difference.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import type { Ground, Proposal } from '#src/domain/proposal.ts'
import { describeTarget } from '#src/domain/target.ts'
import type { Answer, Incident } from './proposer.ts'

/** One change with the reasons why its value is right. */
export interface GroundedChange {
  readonly change: FieldChange
  readonly grounds: readonly Omit<Ground, 'field'>[]
}

export function abstain(reason: string): Answer {
  return { kind: 'abstain', reason }
}

export function propose(
  words: Pick<Proposal, 'proposer' | 'summary' | 'rootCause' | 'risk'>,
  changes: readonly GroundedChange[],
): Answer {
  return {
    kind: 'proposal',
    proposal: {
      ...words,
      changes: changes.map(({ change }) => change),
      grounds: changes.flatMap(({ change, grounds }) =>
        grounds.map((ground) => ({ field: change.field, ...ground })),
      ),
    },
  }
}

/** The change that makes a difference's `after` true. */
export function changeTo({ path, after }: Difference): FieldChange {
  const field = formatFieldPath(path)
  return after === undefined ? { op: 'remove', field } : { op: 'set', field, value: after }
}

/** `container web of Deployment shop/web`, for sentences; without a container the object alone. */
export function describePlace({ fault, target }: Pick<Incident, 'fault' | 'target'>): string {
  if (fault.container === '') return describeTarget(target)
  const role = fault.role === 'main' ? 'container' : `${fault.role} container`
  return `${role} ${fault.container} of ${describeTarget(target)}`
}
