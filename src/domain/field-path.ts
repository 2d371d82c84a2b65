import { isArray, isObject, type Json, ownMember } from './json.ts'

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
/** `["quoted"]`, `[3]`, `[name=web]` or `[name="web]"]`. */
const BRACKET = /^\[(?:"((?:[^"\\]|\\.)*)"|(\d+)|([A-Za-z0-9_-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\]"]*)))\]/
/** List keys whose values are numbers. */
const NUMBER_KEYS: ReadonlySet<string> = new Set(['containerPort', 'port'])

/**
 * Reads `spec.template.spec.containers[name=web].image`; a key with dots or slashes is written `["a.b/c"]`, a value with
 * brackets or quotes `[mountPath="/a]b"]`.
 * Throws a SyntaxError that names the position of what it cannot read.
 */
export function parseFieldPath(text: string): FieldPath {
  const path: Segment[] = []
  let at = 0
  while (at < text.length) {
    const rest = text.slice(at)
    const bracket = BRACKET.exec(rest)
    if (bracket) {
      const [whole, quoted, index, by, quotedIs, is] = bracket
      const unquote = (inner: string) => unquoted(inner) ?? unreadable(text, at)
      if (quoted !== undefined) path.push({ member: unquote(quoted) })
      else if (index !== undefined) path.push({ index: Number(index) })
      else path.push({ by: by ?? '', is: quotedIs === undefined ? (is ?? '') : unquote(quotedIs) })
      at += whole.length
      continue
    }
    const dot = at > 0 && rest.startsWith('.') ? 1 : 0
    const key = PLAIN_KEY.exec(rest.slice(dot))
    if (!key || (at > 0 && dot === 0)) return unreadable(text, at)
    path.push({ member: key[0] })
    at += dot + key[0].length
  }
  if (path.length === 0) throw new SyntaxError('a field path is empty')
  return path
}

function unreadable(text: string, at: number): never {
  throw new SyntaxError(`cannot read the field path "${text}" at position ${at + 1}`)
}

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return undefined
  }
}

export function formatFieldPath(path: FieldPath): string {
  let text = ''
  for (const segment of path) {
    if ('index' in segment) text += `[${segment.index}]`
    else if ('by' in segment)
      text += `[${segment.by}=${/[\]"]/.test(segment.is) ? JSON.stringify(segment.is) : segment.is}]`
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
    if ('member' in segment) here = ownMember(here, segment.member)
    else if (isArray(here)) here = here[positionOf(here, segment)]
    else return undefined
    if (here === undefined) return undefined
  }
  return here
}

/** The position of a list segment's item, or -1. */
export function positionOf(list: readonly Json[], segment: Exclude<Segment, { member: string }>): number {
  if ('index' in segment) return segment.index < list.length ? segment.index : -1
  return list.findIndex((item) => {
    const id = ownMember(item, segment.by)
    return id !== undefined && String(id) === segment.is
  })
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
    const next = rest.length === 0 ? value : descend(ownMember(root, segment.member), rest, value)
    const members = new Map(Object.entries(root ?? {}))
    if (next === undefined) members.delete(segment.member)
    else members.set(segment.member, next)
    return Object.fromEntries(members)
  }
  const list = root === undefined ? [] : root
  if (!isArray(list)) throw new RangeError(`no list at ${formatFieldPath([segment])}`)
  const position = positionOf(list, segment)
  if (position < 0 && (value === undefined || 'index' in segment)) {
    if (value === undefined) return list
    throw new RangeError(`no item at ${formatFieldPath([segment])}`)
  }
  const before = position < 0 ? newItem(segment) : list[position]
  const next = rest.length === 0 ? value : descend(before, rest, value)
  if (position < 0) return [...list, next as Json]
  return next === undefined ? list.filter((_, i) => i !== position) : list.with(position, next)
}

/** A list item that is not there yet, with the key that tells it. */
function newItem(segment: Exclude<Segment, { member: string }>): Json {
  if ('index' in segment) return {}
  return { [segment.by]: NUMBER_KEYS.has(segment.by) ? Number(segment.is) : segment.is }
}

function descend(root: Json | undefined, rest: FieldPath, value: Json | undefined): Json | undefined {
  // A null on the way (`resources:`) holds nothing, as if the key were not there.
  const here = root ?? undefined
  return value === undefined && here === undefined ? root : withValueAt(here, rest, value)
}

/** True when `path` is `prefix` or lies below it. */
export function isWithin(path: FieldPath, prefix: FieldPath): boolean {
  return (
    prefix.length <= path.length &&
    prefix.every((segment, i) => formatFieldPath([segment]) === formatFieldPath([path[i] as Segment]))
  )
}

/** A member's name as a part of an RFC 6901 pointer. */
export function pointerToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** What `make` gives; undefined where a path does not fit the value that it is applied to, which is a RangeError. */
export function whereItFits<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The RFC 6901 pointer of a path in a concrete value; list items become positions. Undefined where it does not exist. */
export function jsonPointer(root: Json | undefined, path: FieldPath): string | undefined {
  let here = root
  let pointer = ''
  for (const segment of path) {
    if ('member' in segment) {
      pointer += `/${pointerToken(segment.member)}`
      here = ownMember(here, segment.member)
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
