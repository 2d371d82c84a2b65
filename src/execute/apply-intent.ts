import jsonpatch from 'fast-json-patch'
import type { FieldChange } from '#src/domain/change.ts'
import { pointerToken } from '#src/domain/field-path.ts'
import { equalJson, isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { FIELD_MANAGER, type ProposedPatch } from '#src/domain/remediation.ts'
import { compose, itemIndex, type Steps, stepsKey, valueAtSteps } from './field-steps.ts'
import { type LeafChange, leafChanges, refuseUnwritable } from './leaf-changes.ts'
import { fieldsOwnedBy, ownersOf } from './managed-fields.ts'

/**
 * What is sent to the API server for these changes; empty when the live object already carries them.
 *
 * Only values to set: one server-side apply with the changed leaves, and with every field that our manager already
 * owns at its live value, because an apply deletes what its manager owned and no longer sends.
 *
 * Anything to remove: one JSON Patch for all changes, since `value` → `valueFrom` is refused in two writes in either
 * order, and two writes are two rollouts. It fails unless the object is the very one that was read.
 */
export function applyIntent(live: KubeObject, changes: readonly FieldChange[]): ProposedPatch {
  const leaves = leafChanges(live, changes)
  refuseUnwritable(live, leaves)
  return patchOf(live, leaves)
}

export function patchOf(live: KubeObject, leaves: readonly LeafChange[]): ProposedPatch {
  if (leaves.length === 0) return {}
  if (leaves.some(({ after }) => after === undefined)) return { remove: jsonPatchOf(live, leaves) }
  const set = leaves.flatMap(({ steps, after }) => (after === undefined ? [] : [{ steps, value: after }]))
  const { apiVersion, kind, metadata } = live
  const body = compose([...held(live), ...set])
  const at = {
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  }
  return {
    apply: {
      apiVersion,
      kind,
      ...body,
      metadata: { ...(isObject(body['metadata']) ? body['metadata'] : {}), ...at },
    },
  }
}

/**
 * What our manager owns, at its live value. The bare key of a list item whose content others have taken over is let go
 * where somebody else owns it too: holding it would leave a stub of the item once Git removes it.
 */
function held(live: KubeObject): readonly { readonly steps: Steps; readonly value: Json }[] {
  const owned = fieldsOwnedBy(live, { manager: FIELD_MANAGER, operation: 'Apply', subresource: '' })
  const isKey = (steps: Steps) => keyOf(steps) !== undefined
  const content = new Set(owned.filter((steps) => !isKey(steps)).flatMap(prefixKeys))
  return owned.flatMap((steps) => {
    const item = keyOf(steps)
    if (item !== undefined && !content.has(stepsKey(item)) && isSharedWithOthers(live, steps)) return []
    const value = valueAtSteps(asJson(live), steps)
    return value === undefined ? [] : [{ steps, value }]
  })
}

/** The list item whose identity this field is: the item itself, or one of its key members. */
function keyOf(steps: Steps): Steps | undefined {
  const last = steps.at(-1)
  const parent = steps.at(-2)
  if (last !== undefined && 'keys' in last) return steps
  if (last === undefined || !('member' in last) || parent === undefined || !('keys' in parent))
    return undefined
  return Object.hasOwn(parent.keys, last.member) ? steps.slice(0, -1) : undefined
}

function prefixKeys(steps: Steps): readonly string[] {
  return steps.map((_, i) => stepsKey(steps.slice(0, i + 1)))
}

function isSharedWithOthers(live: KubeObject, steps: Steps): boolean {
  return ownersOf(live, steps).some(
    ({ manager, operation }) => manager !== FIELD_MANAGER || operation !== 'Apply',
  )
}

/**
 * One JSON Patch for all changes: `test` on uid and resourceVersion, on every key of each list position used and on the
 * old value, then `replace`, `add` or `remove`. A failed `test` is a 422 and changes nothing.
 */
export function jsonPatchOf(live: KubeObject, leaves: readonly LeafChange[]): readonly JsonObject[] {
  let document: Json = asJson(live)
  const patch: JsonObject[] = [
    { op: 'test', path: '/metadata/uid', value: live.metadata.uid },
    { op: 'test', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
  ]
  for (const leaf of leaves) {
    const operations = operationsOf(document, leaf)
    patch.push(...operations)
    document = applied(document, operations)
  }
  return patch
}

/** The object with these changes made and nothing else: what the API server's answer is compared with. */
export function expectedAfter(live: KubeObject, leaves: readonly LeafChange[]): Json {
  return leaves.reduce<Json>(
    (document, leaf) => applied(document, operationsOf(document, leaf)),
    asJson(live),
  )
}

function applied(document: Json, operations: readonly JsonObject[]): Json {
  const copy = structuredClone(operations) as unknown as Parameters<typeof jsonpatch.applyPatch>[1]
  return jsonpatch.applyPatch(document, copy, false, false).newDocument
}

function operationsOf(document: Json, { steps, after }: LeafChange): readonly JsonObject[] {
  const operations: JsonObject[] = []
  let pointer = ''
  let here: Json | undefined = document
  for (const [depth, step] of steps.entries()) {
    const rest = steps.slice(depth + 1)
    if ('member' in step) {
      const path = `${pointer}/${pointerToken(step.member)}`
      const below: Json | undefined = isObject(here) ? here[step.member] : undefined
      if (below === undefined) return addition(operations, path, rest, after)
      pointer = path
      here = below
      continue
    }
    const index: number = isArray(here) ? itemIndex(here, step) : -1
    if (index < 0) return addition(operations, `${pointer}/-`, rest, after)
    pointer = `${pointer}/${index}`
    here = isArray(here) ? here[index] : undefined
    if ('keys' in step && isObject(here)) {
      for (const key of Object.keys(step.keys)) {
        if (here[key] !== undefined)
          operations.push({ op: 'test', path: `${pointer}/${key}`, value: here[key] })
      }
    }
  }
  if (equalJson(here, after)) return []
  operations.push({ op: 'test', path: pointer, value: here })
  operations.push(
    after === undefined ? { op: 'remove', path: pointer } : { op: 'replace', path: pointer, value: after },
  )
  return operations
}

function addition(
  before: readonly JsonObject[],
  path: string,
  rest: Steps,
  after: Json | undefined,
): readonly JsonObject[] {
  if (after === undefined) return []
  const root: Steps = [{ member: 'value' }, ...rest]
  return [...before, { op: 'add', path, value: compose([{ steps: root, value: after }])['value'] }]
}
