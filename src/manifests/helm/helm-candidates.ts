import { type FieldPath, formatFieldPath, valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { leavesOf, pathKey, type ValuesLeaf } from './helm-values.ts'

/** Leaves that may feed a rendered value: equal to it or to something in it, or a part of such a text. */
export function resemblingLeaves(effective: JsonObject, rendered: Json): readonly ValuesLeaf[] {
  const texts = leavesOf([rendered]).map(({ value }) => (isScalar(value) ? String(value) : ''))
  return leavesOf(effective).filter(({ value }) => {
    if (!isScalar(value) || value === '') return false
    const own = String(value)
    return texts.some((text) =>
      own.length > 1 || typeof value === 'string' ? text.includes(own) : text === own,
    )
  })
}

/** Keys without a value of their own: empty texts and nulls, and what templates read but nobody sets. */
export function emptyKeys(effective: JsonObject, referenced: readonly FieldPath[]): readonly ValuesLeaf[] {
  const empty = leavesOf(effective).filter(({ value }) => value === '' || value === null)
  const known = new Set(empty.map(({ path }) => pathKey(path)))
  const absent = referenced.filter(
    (path) => valueAt(effective, path) === undefined && !known.has(pathKey(path)),
  )
  // Of `a` and `a.b` only one can be tried at a time.
  const innermost = absent.filter(
    (path) =>
      !absent.some((other) => other.length > path.length && pathKey(other).startsWith(`${pathKey(path)}.`)),
  )
  return [...empty, ...innermost.map((path) => ({ path, value: null }))]
}

/** Keys beside given ones that templates know by name: `tag` beside `repository`. */
export function siblingKeys(
  effective: JsonObject,
  fed: readonly FieldPath[],
  names: ReadonlySet<string>,
): readonly FieldPath[] {
  const found = new Map<string, FieldPath>()
  for (const path of fed) {
    const above = path.slice(0, -1)
    const map = above.length === 0 ? undefined : valueAt(effective, above)
    if (!isObject(map)) continue
    for (const name of names) {
      const value = Object.hasOwn(map, name) ? map[name] : undefined
      if (value === undefined || value === '' || value === null) {
        const key = [...above, { member: name }]
        found.set(pathKey(key), key)
      }
    }
  }
  return [...found.values()]
}

/**
 * Where a field that is not there yet may be inserted: below maps and lists of the values that are named like a part of
 * its path. `resources` for `…containers[name=web].resources.limits.memory`.
 */
export function insertionsByName(
  effective: JsonObject,
  referenced: readonly FieldPath[],
  field: FieldPath,
): readonly FieldPath[] {
  const found = new Map<string, { readonly path: FieldPath; readonly rank: number }>()
  const holders = [...collectionsOf(effective), ...referenced]
  for (let at = field.length; at > 0; at--) {
    const above = field[at - 1]
    if (above === undefined || !('member' in above)) continue
    const rest = field.slice(at)
    for (const holder of holders) {
      const name = holder.at(-1)
      if (name === undefined || !('member' in name)) continue
      const [own, wanted] = [name.member.toLowerCase(), above.member.toLowerCase()]
      if (!own.endsWith(wanted)) continue
      const present = valueAt(effective, holder)
      if (present !== undefined && present !== null && !isObject(present) && !isArray(present)) continue
      const path = [...holder, ...(isArray(present) ? rest : asMembers(rest, isObject(present)))]
      if (isSet(valueAt(effective, path))) continue
      const rank = (own === wanted ? 0 : 100) + at
      const key = pathKey(path)
      if (!found.has(key)) found.set(key, { path, rank })
    }
  }
  return [...found.values()].sort((a, b) => a.rank - b.rank).map(({ path }) => path)
}

/** Null and empty collections count as nothing. */
function isSet(value: Json | undefined): boolean {
  if (isObject(value) || isArray(value)) return Object.keys(value).length > 0
  return value !== undefined && value !== null
}

/** An item told by its name becomes a member where the values hold a map: `[name=LOG].value` → `LOG`. */
function asMembers(rest: FieldPath, isMap: boolean): FieldPath {
  const [first, second, ...more] = rest
  if (!isMap || first === undefined || !('by' in first)) return rest
  const onlyValue =
    second !== undefined && 'member' in second && second.member === 'value' && more.length === 0
  return [{ member: first.is }, ...(onlyValue ? [] : rest.slice(1))]
}

/** All maps and lists of the values, the empty ones too. */
export function collectionsOf(value: Json, path: FieldPath = []): readonly FieldPath[] {
  const own = path.length > 0 && (isObject(value) || isArray(value)) ? [path] : []
  const below = isObject(value)
    ? Object.entries(value).flatMap(([member, each]) =>
        each === undefined ? [] : collectionsOf(each, [...path, { member }]),
      )
    : isArray(value)
      ? value.flatMap((each, index) => collectionsOf(each, [...path, { index }]))
      : []
  return [...own, ...below]
}

/** Sorts by how many words a key shares with the field, the most first. */
export function byLikeness<Item extends { readonly path: FieldPath }>(
  items: readonly Item[],
  field: FieldPath,
): readonly Item[] {
  const wanted = wordsOf(field)
  const likeness = ({ path }: Item) => {
    const words = wordsOf(path)
    const last = words.at(-1)
    return words.filter((word) => wanted.includes(word)).length + (last === wanted.at(-1) ? 2 : 0)
  }
  return items.toSorted((a, b) => likeness(b) - likeness(a))
}

function wordsOf(path: FieldPath): readonly string[] {
  return formatFieldPath(path)
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/s$/, ''))
    .filter((word) => word !== '')
}

export function isScalar(value: Json | undefined): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
