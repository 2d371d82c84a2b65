import { isArray, isObject, type Json, type JsonObject } from './json.ts'

/**
 * One step into a JSON value: a member, a list item told by one of its members (`[name=web]`), or a position.
 * Lists of the Kubernetes API are addressed by key where every item has it, so that a path survives reordering.
 */
export type Segment =
  | { readonly member: string }
  | { readonly by: string; readonly is: string }
  | { readonly index: number }

export type FieldPath = readonly Segment[]

const PLAIN_KEY = /^[A-Za-z_$][A-Za-z0-9_$-]*/

/**
 * Reads `spec.template.spec.containers[name=web].image`; a key with dots or slashes is written `["a.b/c"]`.
 * Throws a SyntaxError that names the position of what it cannot read.
 */
export function parseFieldPath(text: string): FieldPath {
  const path: Segment[] = []
  let at = 0
  while (at < text.length) {
    const rest = text.slice(at)
    const bracket = /^\[(?:"((?:[^"\\]|\\.)*)"|(\d+)|([A-Za-z0-9_-]+)=([^\]]*))\]/.exec(rest)
    if (bracket) {
      const [whole, quoted, index, by, is] = bracket
      if (quoted !== undefined) path.push({ member: JSON.parse(`"${quoted}"`) as string })
      else if (index !== undefined) path.push({ index: Number(index) })
      else path.push({ by: by ?? '', is: is ?? '' })
      at += whole.length
      continue
    }
    const dot = at > 0 && rest.startsWith('.') ? 1 : 0
    const key = PLAIN_KEY.exec(rest.slice(dot))
    if (!key || (at > 0 && dot === 0)) {
      throw new SyntaxError(`cannot read the field path "${text}" at position ${at + 1}`)
    }
    path.push({ member: key[0] })
    at += dot + key[0].length
  }
  if (path.length === 0) throw new SyntaxError('a field path is empty')
  return path
}

export function formatFieldPath(path: FieldPath): string {
  let text = ''
  for (const segment of path) {
    if ('index' in segment) text += `[${segment.index}]`
    else if ('by' in segment) text += `[${segment.by}=${segment.is}]`
    else if (PLAIN_KEY.exec(segment.member)?.[0] === segment.member)
      text += (text ? '.' : '') + segment.member
    else text += `[${JSON.stringify(segment.member)}]`
  }
  return text
}

/** The value at the path, or undefined where any step is missing. */
export function valueAt(value: Json | undefined, path: FieldPath): Json | undefined {
  let here = value
  for (const segment of path) {
    if ('member' in segment)
      here = isObject(here) && Object.hasOwn(here, segment.member) ? here[segment.member] : undefined
    else if (isArray(here)) here = here[positionOf(here, segment)]
    else return undefined
    if (here === undefined) return undefined
  }
  return here
}

/** The position of a list segment's item, or -1. */
export function positionOf(list: readonly Json[], segment: Exclude<Segment, { member: string }>): number {
  if ('index' in segment) return segment.index < list.length ? segment.index : -1
  return list.findIndex((item) => isObject(item) && String(item[segment.by]) === segment.is)
}

/**
 * A copy with the value set at the path (undefined removes it). Missing objects on the way are created, and so is a
 * missing item told by its key; a missing position is an error, as is a step into a scalar.
 */
export function withValueAt(root: Json | undefined, path: FieldPath, value: Json | undefined): Json {
  const [segment, ...rest] = path
  if (segment === undefined) throw new RangeError('a field path is empty')
  if ('member' in segment) {
    if (root !== undefined && !isObject(root))
      throw new RangeError(`no object at ${formatFieldPath([segment])}`)
    const next = rest.length === 0 ? value : descend(root?.[segment.member], rest, value)
    const copy: Record<string, Json | undefined> = { ...root }
    if (next === undefined) delete copy[segment.member]
    else copy[segment.member] = next
    return copy as JsonObject
  }
  const list = root === undefined ? [] : root
  if (!isArray(list)) throw new RangeError(`no list at ${formatFieldPath([segment])}`)
  const position = positionOf(list, segment)
  if (position < 0 && (value === undefined || 'index' in segment)) {
    if (value === undefined) return list
    throw new RangeError(`no item at ${formatFieldPath([segment])}`)
  }
  const before =
    position < 0
      ? ({ ['by' in segment ? segment.by : '']: 'is' in segment ? segment.is : '' } as Json)
      : list[position]
  const next = rest.length === 0 ? value : descend(before, rest, value)
  if (position < 0) return [...list, next as Json]
  return next === undefined ? list.filter((_, i) => i !== position) : list.with(position, next)
}

function descend(root: Json | undefined, rest: FieldPath, value: Json | undefined): Json | undefined {
  if (value === undefined && root === undefined) return undefined
  return withValueAt(root, rest, value)
}

/** True when `path` is `prefix` or lies below it. */
export function isWithin(path: FieldPath, prefix: FieldPath): boolean {
  return (
    prefix.length <= path.length &&
    prefix.every((segment, i) => formatFieldPath([segment]) === formatFieldPath([path[i] as Segment]))
  )
}

/** The RFC 6901 pointer of a path in a concrete value; list items become positions. Undefined where it does not exist. */
export function jsonPointer(root: Json | undefined, path: FieldPath): string | undefined {
  let here = root
  let pointer = ''
  for (const segment of path) {
    if ('member' in segment) {
      pointer += `/${segment.member.replaceAll('~', '~0').replaceAll('/', '~1')}`
      here = isObject(here) ? here[segment.member] : undefined
    } else {
      const position = isArray(here) ? positionOf(here, segment) : -1
      if (position < 0) return undefined
      pointer += `/${position}`
      here = isArray(here) ? here[position] : undefined
    }
    if (here === undefined) return undefined
  }
  return pointer
}
