import { equalJson, isArray, isObject, type Json } from '#src/domain/json.ts'

/** A place in a JSON value: member names and list positions. */
export type JsonPlace = readonly (string | number)[]

/** One small step from one JSON value to another. Each is meant for the state that the ones before it left. */
export type JsonOperation =
  | { readonly op: 'replace'; readonly at: JsonPlace; readonly value: Json }
  | { readonly op: 'insert'; readonly at: JsonPlace; readonly value: Json }
  | { readonly op: 'remove'; readonly at: JsonPlace }

/**
 * The steps that lead from `before` to `after` and leave alone what both have. Lists keep their common beginning and
 * end; a collection that becomes empty, or stops being one, is replaced as a whole.
 */
export function jsonOperations(before: Json, after: Json, at: JsonPlace = []): readonly JsonOperation[] {
  if (equalJson(before, after)) return []
  if (isObject(before) && isObject(after) && sizeOf(before) > 0 && sizeOf(after) > 0) {
    const steps: JsonOperation[] = []
    for (const [key, value] of Object.entries(before)) {
      const next = Object.hasOwn(after, key) ? after[key] : undefined
      if (next === undefined) steps.push({ op: 'remove', at: [...at, key] })
      else steps.push(...jsonOperations(value ?? null, next, [...at, key]))
    }
    for (const [key, value] of Object.entries(after)) {
      if (value !== undefined && !Object.hasOwn(before, key))
        steps.push({ op: 'insert', at: [...at, key], value })
    }
    // Removing every old member first would empty the collection on the way.
    return [...steps.filter(({ op }) => op !== 'remove'), ...steps.filter(({ op }) => op === 'remove')]
  }
  if (isArray(before) && isArray(after) && before.length > 0 && after.length > 0) {
    return listOperations(before, after, at)
  }
  return [{ op: 'replace', at, value: after }]
}

function listOperations(
  before: readonly Json[],
  after: readonly Json[],
  at: JsonPlace,
): readonly JsonOperation[] {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && equalJson(before[head], after[head])) head++
  let tail = 0
  while (tail < shorter - head && equalJson(before.at(-1 - tail), after.at(-1 - tail))) tail++
  const steps: JsonOperation[] = []
  const common = shorter - head - tail
  for (let i = head; i < head + common; i++)
    steps.push(...jsonOperations(before[i] ?? null, after[i] ?? null, [...at, i]))
  for (let i = head + common; i < after.length - tail; i++) {
    steps.push({ op: 'insert', at: [...at, i], value: after[i] ?? null })
  }
  for (let i = before.length - tail - 1; i >= head + common; i--) steps.push({ op: 'remove', at: [...at, i] })
  return steps
}

function sizeOf(value: object): number {
  return Object.values(value).filter((each) => each !== undefined).length
}
