import { equalJson, isArray, isObject, type Json } from '#src/domain/json.ts'

/** A place in a JSON value: member names and list positions. */
export type JsonPlace = readonly (string | number)[]

/** One small step from one JSON value to another. Each is meant for the state that the ones before it left. */
export type JsonOperation =
  | { readonly op: 'replace'; readonly at: JsonPlace; readonly value: Json }
  | { readonly op: 'insert'; readonly at: JsonPlace; readonly value: Json }
  | { readonly op: 'remove'; readonly at: JsonPlace }

/**
 * The steps that lead from `before` to `after` and leave alone what both have. Items of lists are told by their `name`
 * or by their value; a collection that becomes empty, or stops being one, is replaced as a whole.
 */
export function jsonOperations(before: Json, after: Json, at: JsonPlace = []): readonly JsonOperation[] {
  if (before === after || equalJson(before, after)) return []
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

/** The value at a place; undefined where there is none. */
export function jsonAt(value: Json | undefined, at: JsonPlace): Json | undefined {
  return at.reduce<Json | undefined>((here, segment) => {
    if (typeof segment === 'number') return isArray(here) ? here[segment] : undefined
    return isObject(here) && Object.hasOwn(here, segment) ? here[segment] : undefined
  }, value)
}

/** The value that a step leaves. The place must exist, except for what is inserted. */
export function afterOperation(value: Json, operation: JsonOperation): Json {
  const [segment, ...rest] = operation.at
  if (segment === undefined) return operation.op === 'remove' ? null : operation.value
  const deeper = { ...operation, at: rest }
  if (isArray(value) && typeof segment === 'number') {
    if (rest.length > 0 || operation.op === 'replace')
      return value.with(segment, afterOperation(value[segment] ?? null, deeper))
    return operation.op === 'insert'
      ? value.toSpliced(segment, 0, operation.value)
      : value.toSpliced(segment, 1)
  }
  const members = new Map(Object.entries(isObject(value) ? value : {}))
  const key = String(segment)
  if (rest.length === 0 && operation.op === 'remove') members.delete(key)
  else members.set(key, afterOperation(members.get(key) ?? null, deeper))
  return Object.fromEntries(members)
}

/** What the two lists have in common, in order: pairs of positions. Lists too long for it have their two ends. */
function commonItems(
  before: readonly string[],
  after: readonly string[],
): readonly (readonly [number, number])[] {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const rows = before.length - head - tail
  const columns = after.length - head - tail
  const pairs: [number, number][] = Array.from({ length: head }, (_, i) => [i, i])
  if (rows * columns <= MAX_COMPARISONS) {
    const lengths = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1))
    const length = (row: number, column: number) => lengths[row]?.[column] ?? 0
    const same = (row: number, column: number) => before[head + row] === after[head + column]
    for (let row = rows - 1; row >= 0; row--) {
      for (let column = columns - 1; column >= 0; column--) {
        const longest = same(row, column)
          ? length(row + 1, column + 1) + 1
          : Math.max(length(row + 1, column), length(row, column + 1))
        lengths[row]?.set([longest], column)
      }
    }
    for (let row = 0, column = 0; row < rows && column < columns; ) {
      if (same(row, column)) pairs.push([head + row++, head + column++])
      else if (length(row + 1, column) >= length(row, column + 1)) row++
      else column++
    }
  }
  for (let i = tail; i > 0; i--) pairs.push([before.length - i, after.length - i])
  return pairs
}

const MAX_COMPARISONS = 250_000

/** Tells an item from its neighbours: its name, else all of it. */
function identityOf(item: Json): string {
  const name = isObject(item) ? item['name'] : undefined
  return typeof name === 'string' ? `name ${name}` : JSON.stringify(item)
}

/** Changes inside items first; then insertions and removals from the end, where they move nothing that is to come. */
function listOperations(
  before: readonly Json[],
  after: readonly Json[],
  at: JsonPlace,
): readonly JsonOperation[] {
  const changes: JsonOperation[] = []
  const moves: JsonOperation[] = []
  let [b, a] = [0, 0]
  const common = commonItems(before.map(identityOf), after.map(identityOf))
  for (const [nextB, nextA] of [...common, [before.length, after.length] as const]) {
    // What differs between two common items is changed in place as far as it goes.
    for (; b < nextB && a < nextA; b++, a++)
      changes.push(...jsonOperations(before[b] ?? null, after[a] ?? null, [...at, b]))
    for (; b < nextB; b++) moves.push({ op: 'remove', at: [...at, b] })
    const inserted = after.slice(a, nextA)
    for (const value of inserted) moves.push({ op: 'insert', at: [...at, b], value })
    if (nextB < before.length)
      changes.push(...jsonOperations(before[nextB] ?? null, after[nextA] ?? null, [...at, nextB]))
    b = nextB + 1
    a = nextA + 1
  }
  return [...changes, ...moves.toReversed()]
}

function sizeOf(value: object): number {
  return Object.values(value).filter((each) => each !== undefined).length
}
