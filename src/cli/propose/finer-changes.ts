import type { FieldChange } from '#src/domain/change.ts'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { equalJson, isArray, isObject, type Json } from '#src/domain/json.ts'

/**
 * The same changes with as little of each list as possible: of a list of scalars that keeps its length only the items that
 * differ, so that in the source the others stay as they are written (with their variables, quotes and comments).
 */
export function finerChanges(object: Json, changes: readonly FieldChange[]): readonly FieldChange[] {
  return changes.flatMap((change) => {
    const before = valueAt(object, parseFieldPath(change.field))
    if (change.op !== 'set' || !isPlainList(before) || !isPlainList(change.value)) return [change]
    if (before.length !== change.value.length) return [change]
    return change.value.flatMap((value, i): FieldChange[] =>
      equalJson(value, before[i]) ? [] : [{ op: 'set', field: `${change.field}[${i}]`, value }],
    )
  })
}

function isPlainList(value: Json | undefined): value is readonly Json[] {
  return isArray(value) && value.every((item) => !isObject(item) && !isArray(item))
}
