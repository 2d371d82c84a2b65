import type { FieldChange } from '#src/domain/change.ts'
import { differences } from '#src/domain/difference.ts'
import {
  type FieldPath,
  jsonPointer,
  parseFieldPath,
  pointerToken,
  type Segment,
  valueAt,
  whereItFits,
  withValueAt,
} from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject, ownMember } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'

/** A way to change one patch, and whether the patch has a say in the field now. */
export interface PatchChange {
  readonly change: (present: Json) => Json | undefined
  readonly sets: boolean
  /** The patch says nothing else: the change is to take all of it out. */
  readonly empties?: true
}

/**
 * Ways to make a change in a JSON patch (RFC 6902): the last operation that writes the field, or something around it, or
 * parts of it; else a new operation at its end.
 */
export function jsonPatchChanges(
  patch: readonly Json[],
  rendered: KubeObject,
  change: FieldChange,
): readonly PatchChange[] {
  const found: PatchChange[] = []
  for (const [index, operation] of [...patch.entries()].toReversed()) {
    const edited = editedOperation(operation, rendered, change)
    for (const each of edited) {
      if (each !== 'drop')
        found.push({ sets: true, change: (present) => operations(present)?.with(index, each) })
      else if (patch.length > 1)
        found.push({ sets: true, change: (present) => operations(present)?.toSpliced(index, 1) })
      else found.push({ sets: true, change: () => undefined, empties: true })
    }
  }
  const added = newOperation(rendered, change)
  if (added !== undefined)
    found.push({
      sets: false,
      change: (present) => (isArray(present) ? [...present, added] : undefined),
    })
  return found
}

/** What an operation may become; `drop` takes it out. */
type Edited = JsonObject | 'drop'

function operations(patch: Json): readonly Json[] | undefined {
  return isArray(patch) ? patch : undefined
}

function editedOperation(
  operation: Json | undefined,
  rendered: KubeObject,
  change: FieldChange,
): readonly Edited[] {
  if (!isObject(operation) || typeof operation['path'] !== 'string') return []
  const { op, path: pointer } = operation
  const object = asJson(rendered)
  if (op === 'remove') {
    // The patch takes away what is to be set; the value below may be the wanted one.
    return change.op === 'set' && isPointerOf(pointer, parseFieldPath(change.field), object, undefined)
      ? [{ ...operation, op: 'add', value: change.value }, 'drop']
      : []
  }
  if (op !== 'add' && op !== 'replace') return []
  const value = operation['value']
  const field = parseFieldPath(change.field)
  const rest = restBelow(pointer, field, object, value)
  if (rest !== undefined) {
    if (rest.length === 0)
      return change.op === 'set' ? [{ ...operation, value: change.value }] : removals(operation)
    const next = whereItFits(() => withValueAt(value, rest, change.op === 'set' ? change.value : undefined))
    return next === undefined ? [] : [{ ...operation, value: next }]
  }
  return belowTheField(operation, pointer, field, object, value, change)
}

/** Taking out an operation that adds; one that replaces something may as well remove it. */
function removals(operation: JsonObject): readonly Edited[] {
  const { value: _value, ...bare } = operation
  return operation['op'] === 'replace'
    ? [{ ...bare, op: 'remove' }, 'drop']
    : ['drop', { ...bare, op: 'remove' }]
}

/** An operation on one leaf of a field that is set as a whole: the leaf is what may have to change. */
function belowTheField(
  operation: JsonObject,
  pointer: string,
  field: FieldPath,
  object: Json,
  value: Json | undefined,
  change: FieldChange,
): readonly Edited[] {
  if (change.op !== 'set') return []
  const [only, second] = differences(valueAt(object, field), change.value, field)
  if (only === undefined || second !== undefined || only.after === undefined) return []
  const rest = restBelow(pointer, only.path, object, value)
  if (rest === undefined) return []
  if (rest.length === 0) return [{ ...operation, value: only.after }]
  const next = whereItFits(() => withValueAt(value, rest, only.after))
  return next === undefined ? [] : [{ ...operation, value: next }]
}

/** What of the field's path lies below the pointer: empty for the field itself, undefined where it is elsewhere. */
function restBelow(
  pointer: string,
  field: FieldPath,
  object: Json,
  value: Json | undefined,
): FieldPath | undefined {
  const length = pointer.split('/').length - 1
  return length <= field.length && isPointerOf(pointer, field.slice(0, length), object, value)
    ? field.slice(length)
    : undefined
}

/** True when a pointer leads to the field in the rendered object; `-` stands for an item that its value tells. */
function isPointerOf(pointer: string, field: FieldPath, object: Json, value: Json | undefined): boolean {
  const names = pointer.split('/').slice(1).map(unescaped)
  if (names.length !== field.length) return false
  let here: Json | undefined = object
  for (const [i, name] of names.entries()) {
    const segment = field[i]
    if (segment === undefined || !isStep(name, segment, here, i === names.length - 1 ? value : undefined))
      return false
    here = valueAt(here, [segment])
  }
  return true
}

function isStep(name: string, segment: Segment, here: Json | undefined, value: Json | undefined): boolean {
  if ('member' in segment) return segment.member === name
  if (name === '-') return 'by' in segment && String(ownMember(value, segment.by)) === segment.is
  if ('index' in segment) return String(segment.index) === name
  if (!isArray(here)) return false
  return String(ownMember(here[Number(name)], segment.by)) === segment.is
}

/** An operation that makes the change on the object as it is; undefined where no pointer leads there. */
export function newOperation(rendered: KubeObject, change: FieldChange): JsonObject | undefined {
  const field = parseFieldPath(change.field)
  const object = asJson(rendered)
  if (change.op === 'remove') {
    const path = jsonPointer(object, field)
    return path === undefined || valueAt(object, field) === undefined ? undefined : { op: 'remove', path }
  }
  // The deepest collection that is there takes the value, with what lies between them.
  for (let length = field.length; length > 0; length--) {
    const parent = field.slice(0, length - 1)
    const there = parent.length === 0 ? object : valueAt(object, parent)
    const last = field[length - 1]
    if (there === undefined || last === undefined) continue
    const rest = field.slice(length)
    const value = rest.length === 0 ? change.value : whereItFits(() => built(last, rest, change.value))
    const isNew = valueAt(there, [last]) === undefined
    const path = isNew ? newPointer(object, parent, last) : jsonPointer(object, field.slice(0, length))
    return path === undefined || value === undefined
      ? undefined
      : { op: isNew ? 'add' : 'replace', path, value }
  }
  return undefined
}

/** What a step that is not there yet takes so that the value stands below it; a list item carries the key that tells it. */
function built(last: Segment, rest: FieldPath, value: Json): Json | undefined {
  const whole = withValueAt('member' in last ? {} : [], [last, ...rest], value)
  return 'member' in last ? ownMember(whole, last.member) : isArray(whole) ? whole[0] : undefined
}

function newPointer(object: Json, parent: FieldPath, last: Segment): string | undefined {
  const above = parent.length === 0 ? '' : jsonPointer(object, parent)
  if (above === undefined || 'index' in last) return undefined
  return `${above}/${'member' in last ? pointerToken(last.member) : '-'}`
}

function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~')
}
