import type { Difference } from './difference.ts'
import { formatFieldPath, parseFieldPath, withValueAt } from './field-path.ts'
import type { Json } from './json.ts'

/**
 * One change to one field of the target, in terms of the rendered object. `field` is a field path in text form
 * (`spec.template.spec.containers[name=web].image`).
 */
export type FieldChange =
  | { readonly op: 'set'; readonly field: string; readonly value: Json }
  | { readonly op: 'remove'; readonly field: string }

export function describeChange(change: FieldChange): string {
  return change.op === 'set' ? `${change.field} = ${JSON.stringify(change.value)}` : `${change.field} removed`
}

export function applyChanges(object: Json, changes: readonly FieldChange[]): Json {
  return changes.reduce<Json>(
    (value, change) =>
      withValueAt(value, parseFieldPath(change.field), change.op === 'set' ? change.value : undefined),
    object,
  )
}

/** The changes that lead from `before` to `after` in each difference. */
export function changesOf(differences: readonly Difference[]): readonly FieldChange[] {
  return differences.map(({ path, after }) =>
    after === undefined
      ? { op: 'remove', field: formatFieldPath(path) }
      : { op: 'set', field: formatFieldPath(path), value: after },
  )
}
