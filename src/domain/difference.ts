import type { FieldPath, Segment } from './field-path.ts'
import { equalJson, isArray, isObject, type Json, ownMember } from './json.ts'

/** One place where two JSON values differ: `undefined` means absent on that side. */
export interface Difference {
  readonly path: FieldPath
  readonly before: Json | undefined
  readonly after: Json | undefined
}

/** Members by which lists of the Kubernetes API tell their items, the most telling first. */
const LIST_KEYS = ['name', 'mountPath', 'containerPort', 'key', 'ip', 'topologyKey', 'devicePath'] as const

/**
 * The smallest set of differing fields. Lists whose items are told by one unique key on both sides are compared item
 * by item; all other lists are one value (Kubernetes calls them atomic: args, command, tolerations …), and so is a list
 * whose common items changed their order: that of init containers and of environment variables has a meaning.
 */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  at: FieldPath = [],
): readonly Difference[] {
  if (equalJson(before, after)) return []
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return keys.flatMap((key) =>
      differences(ownMember(before, key), ownMember(after, key), [...at, { member: key }]),
    )
  }
  if (isArray(before) && isArray(after)) {
    const key = LIST_KEYS.find((candidate) => isListKey(before, candidate) && isListKey(after, candidate))
    if (key !== undefined && keepsOrder(before, after, key)) return itemDifferences(before, after, key, at)
  }
  return [{ path: at, before, after }]
}

/** True when every item is an object with a scalar of its own under the key. */
export function isListKey(list: readonly Json[], key: string): boolean {
  const values = list.map((item) => ownMember(item, key))
  return (
    values.every((value) => typeof value === 'string' || typeof value === 'number') &&
    new Set(values.map(String)).size === list.length
  )
}

function keepsOrder(before: readonly Json[], after: readonly Json[], key: string): boolean {
  const idsOf = (list: readonly Json[]) => list.map((item) => String(ownMember(item, key)))
  const [old, present] = [idsOf(before), idsOf(after)]
  return equalJson(
    old.filter((id) => present.includes(id)),
    present.filter((id) => old.includes(id)),
  )
}

function itemDifferences(
  before: readonly Json[],
  after: readonly Json[],
  key: string,
  at: FieldPath,
): readonly Difference[] {
  const ids = [...new Set([...before, ...after].map((item) => String(ownMember(item, key))))]
  const find = (list: readonly Json[], id: string) => list.find((item) => String(ownMember(item, key)) === id)
  return ids.flatMap((id) => {
    const segment: Segment = { by: key, is: id }
    return differences(find(before, id), find(after, id), [...at, segment])
  })
}
