import type { FieldChange } from '#src/domain/change.ts'
import type { Ground } from '#src/domain/proposal.ts'

/** Changes that belong together, whose values follow from other objects, and the sentence that says from which. */
export interface Derived {
  readonly changes: readonly FieldChange[]
  readonly kind: Ground['kind']
  /** One sentence for the reviewer. */
  readonly evidence: string
}

export function set(field: string, value: Extract<FieldChange, { op: 'set' }>['value']): FieldChange {
  return { op: 'set', field, value }
}
