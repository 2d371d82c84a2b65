import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { parseFieldPath, positionOf, type Segment } from '#src/domain/field-path.ts'
import { equalJson, isArray, isObject, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { describeTarget, targetOf } from '#src/domain/target.ts'
import { formatSteps, type Steps, startsWith, stepsKey, valueAtSteps } from './field-steps.ts'
import { isSameValue } from './quantity.ts'
import { isAtomicMap, itemKeys, listMapKeys } from './schema.ts'
import { keyedItems, lastMember } from './stepped-differences.ts'

/** One field that has to change on the live object, cut where the API server knows no smaller owner. */
export interface LeafChange {
  readonly steps: Steps
  /** undefined: absent. */
  readonly before: Json | undefined
  /** undefined: to be removed. */
  readonly after: Json | undefined
}

/**
 * What is left to do on the live object for the changes to be true; nothing when they are. `set` means that the field
 * equals the value up to what the API server fills in: members of an object that the value does not name stay, items of
 * a list map that it does not name go. FieldRefused for paths that are ambiguous or impossible on the live object,
 * LiveDiffersFromGit for a field inside a list item that the live object lacks.
 */
export function leafChanges(live: KubeObject, changes: readonly FieldChange[]): readonly LeafChange[] {
  const object = describeTarget(targetOf(live))
  const before = asJson(live)
  const after = desired(live, changes, object)
  const leaves = changes.flatMap(({ field }) => leavesAt(before, after, field, object))
  return [...new Map(leaves.map((leaf) => [stepsKey(leaf.steps), leaf])).values()]
}

/** FieldRefused where one of them is not ours to write, whatever Git says. */
export function refuseUnwritable(live: KubeObject, leaves: readonly LeafChange[]): void {
  const unwritable = leaves.find(({ steps }) => !isWritable(steps))
  if (unwritable === undefined) return
  throw new OperatorError('FieldRefused', `${formatSteps(unwritable.steps)} is never written`, {
    object: describeTarget(targetOf(live)),
  })
}

function desired(live: KubeObject, changes: readonly FieldChange[], object: string): Json {
  try {
    return applyChanges(asJson(live), changes)
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof SyntaxError)) throw cause
    throw new OperatorError('FieldRefused', `the change does not fit the live object: ${cause.message}`, {
      object,
      cause,
    })
  }
}

const WRITABLE: readonly Steps[] = [
  [{ member: 'spec' }],
  [{ member: 'metadata' }, { member: 'labels' }],
  [{ member: 'metadata' }, { member: 'annotations' }],
]

/** spec.replicas belongs to people and autoscalers: an HPA or ScaledObject may target any scalable workload. */
function isWritable(steps: Steps): boolean {
  const replicas: Steps = [{ member: 'spec' }, { member: 'replicas' }]
  return (
    WRITABLE.some((prefix) => startsWith(steps, prefix)) && steps.length > 1 && !startsWith(steps, replicas)
  )
}

function leavesAt(before: Json, after: Json, field: string, object: string): readonly LeafChange[] {
  let steps: Steps = []
  let list = ''
  let was: Json | undefined = before
  let will: Json | undefined = after
  const path = parseFieldPath(field)
  for (const [index, segment] of path.entries()) {
    if ('member' in segment) {
      steps = [...steps, { member: segment.member }]
      list = segment.member
      was = memberOf(was, segment.member)
      will = memberOf(will, segment.member)
      if (isAtomic(list, was) || isAtomic(list, will)) break
      continue
    }
    const wasItem = itemOf(was, segment, field, object)
    const willItem = itemOf(will, segment, field, object)
    const wasKeys = itemKeys(list, wasItem)
    const willKeys = itemKeys(list, willItem)
    if (wasKeys !== undefined && willKeys !== undefined && !equalJson(wasKeys, willKeys)) {
      return [
        { steps: [...steps, { keys: wasKeys }], before: wasItem, after: undefined },
        { steps: [...steps, { keys: willKeys }], before: undefined, after: willItem },
      ]
    }
    if (wasItem === undefined && willItem !== undefined && index < path.length - 1) {
      throw new OperatorError(
        'LiveDiffersFromGit',
        `the live object lacks the list item that ${field} lies in`,
        {
          object,
        },
      )
    }
    const keys = wasKeys ?? willKeys
    if (keys === undefined) {
      if (wasItem === undefined && willItem === undefined) return []
      throw new OperatorError('FieldRefused', `${field} names a list item without its key`, { object })
    }
    steps = [...steps, { keys }]
    was = wasItem
    will = willItem
    if (was === undefined || will === undefined) break
  }
  return towards(was, will, steps)
}

/** What has to change for `was` to carry all of `will`. */
function towards(was: Json | undefined, will: Json | undefined, steps: Steps): readonly LeafChange[] {
  if (isSameValue(steps, was, will)) return []
  const name = lastMember(steps)
  if (isObject(was) && isObject(will) && !isAtomicMap(name)) {
    return Object.keys(will).flatMap((key) =>
      will[key] === undefined ? [] : towards(was[key], will[key], [...steps, { member: key }]),
    )
  }
  const items = isArray(was) ? keyedItems(name, was) : undefined
  const wanted = isArray(will) ? keyedItems(name, will) : undefined
  if (items === undefined || wanted === undefined) return [{ steps, before: was, after: will }]
  const gone = items
    .filter(({ id }) => wanted.every((item) => item.id !== id))
    .map(({ keys, item }) => ({ steps: [...steps, { keys }], before: item, after: undefined }))
  const kept = wanted.flatMap(({ keys, item }) =>
    towards(valueAtSteps(was, [{ keys }]), item, [...steps, { keys }]),
  )
  return [...gone, ...kept]
}

function isAtomic(name: string, value: Json | undefined): boolean {
  return isAtomicMap(name) || (isArray(value) && listMapKeys(name) === undefined)
}

function memberOf(value: Json | undefined, member: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, member) ? value[member] : undefined
}

function itemOf(
  list: Json | undefined,
  segment: Exclude<Segment, { member: string }>,
  field: string,
  object: string,
): Json | undefined {
  if (!isArray(list)) return undefined
  if ('by' in segment) {
    const same = list.filter((item) => String(memberOf(item, segment.by)) === segment.is)
    if (same.length > 1) {
      throw new OperatorError('FieldRefused', `${field} fits more than one item of the live list`, { object })
    }
  }
  return list[positionOf(list, segment)]
}
