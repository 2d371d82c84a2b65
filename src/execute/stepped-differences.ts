import { equalJson, isArray, isObject, type Json } from '#src/domain/json.ts'
import { type Steps, stepsKey, valueAtSteps } from './field-steps.ts'
import { isAtomicMap, itemKeys, listMapKeys } from './schema.ts'

export interface SteppedDifference {
  readonly steps: Steps
  readonly before: Json | undefined
  readonly after: Json | undefined
}

/** Where two workloads differ, cut as server-side apply cuts: items of list maps by their keys, atomic values whole. */
export function steppedDifferences(
  before: Json | undefined,
  after: Json | undefined,
  at: Steps = [],
): readonly SteppedDifference[] {
  if (equalJson(before, after)) return []
  const name = lastMember(at)
  if (isObject(before) && isObject(after) && !isAtomicMap(name)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return keys.flatMap((key) => steppedDifferences(before[key], after[key], [...at, { member: key }]))
  }
  const was = isArray(before) ? keyedItems(name, before) : undefined
  const is = isArray(after) ? keyedItems(name, after) : undefined
  if (was === undefined || is === undefined) return [{ steps: at, before, after }]
  const ids = new Map([...was, ...is].map(({ id, keys }) => [id, keys]))
  return [...ids.values()].flatMap((keys) =>
    steppedDifferences(valueAtSteps(before, [{ keys }]), valueAtSteps(after, [{ keys }]), [...at, { keys }]),
  )
}

/** The items of a list map by identity; undefined for atomic lists and where an identity is missing or doubled. */
export function keyedItems(list: string, items: readonly Json[]) {
  if (listMapKeys(list) === undefined) return undefined
  const told = items.flatMap((item) => {
    const keys = itemKeys(list, item)
    return keys === undefined ? [] : [{ id: stepsKey([{ keys }]), keys, item }]
  })
  return new Set(told.map(({ id }) => id)).size === items.length ? told : undefined
}

export function lastMember(steps: Steps): string {
  const last = steps.at(-1)
  return last !== undefined && 'member' in last ? last.member : ''
}
