import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml'
import { isObject, type Json } from '#src/domain/json.ts'
import { MAX_DEPTH, MAX_VALUES } from './yaml-limits.ts'

/** What makes a parsed text unreadable as a manifest; `offset` is where. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault'
  readonly offset: number | undefined

  constructor(message: string, offset: number | undefined) {
    super(message)
    this.offset = offset
  }
}

interface Converted {
  readonly json: Json
  /** Values in it once aliases are followed. */
  readonly size: number
  readonly depth: number
}

/** The JSON of a document. Aliased parts are shared, not copied; what they multiply to is bounded. YamlFault. */
export function documentJson(document: Document): Json {
  const anchors = new Map<string, Converted | 'begun'>()

  function convert(node: unknown): Converted {
    if (isAlias(node)) {
      const known = anchors.get(node.source)
      if (known === undefined) throw new YamlFault(`the alias *${node.source} has no anchor`, node.range?.[0])
      if (known === 'begun') throw new YamlFault(`the anchor &${node.source} holds itself`, node.range?.[0])
      return known
    }
    const anchor = isScalar(node) || isCollection(node) ? node.anchor : undefined
    if (anchor !== undefined) anchors.set(anchor, 'begun')
    const converted = isMap(node)
      ? ofMap(node)
      : isSeq(node)
        ? ofParts(node.items.map(convert), (parts) => parts, node.range?.[0])
        : { json: scalarJson(isScalar(node) ? node.value : null), size: 1, depth: 0 }
    if (anchor !== undefined) anchors.set(anchor, converted)
    return converted
  }

  function ofMap(map: YAMLMap): Converted {
    const own = new Set<string>()
    const members = new Map<string, Json>()
    const parts: Converted[] = []
    for (const pair of map.items) {
      if (isMergePair(pair)) {
        const merged = convert(pair.value)
        parts.push(merged)
        for (const source of Array.isArray(merged.json) ? merged.json : [merged.json]) {
          if (!isObject(source))
            throw new YamlFault('a merge key (<<) takes maps only', map.range?.[0] ?? undefined)
          for (const [key, value] of Object.entries(source)) {
            if (!members.has(key)) members.set(key, value ?? null)
          }
        }
        continue
      }
      const key = keyOf(pair.key)
      if (own.has(key)) throw new YamlFault('Map keys must be unique', startOf(pair.key))
      own.add(key)
      const value = convert(pair.value)
      parts.push(value)
      members.set(key, value.json)
    }
    return ofParts(parts, () => Object.fromEntries(members), map.range?.[0])
  }

  function keyOf(key: unknown): string {
    const plain = isAlias(key) ? convert(key).json : isScalar(key) ? key.value : key
    if (isAlias(key) && isScalar(plain)) return keyText(plain.value)
    if (typeof plain === 'object' && plain !== null)
      throw new YamlFault('a mapping is used as a key, as {{ }} templates look', startOf(key))
    return keyText(plain)
  }

  return convert(document.contents).json
}

function ofParts(
  parts: readonly Converted[],
  json: (parts: Json[]) => Json,
  offset: number | undefined,
): Converted {
  let size = 1
  let depth = 0
  for (const part of parts) {
    size += part.size
    depth = Math.max(depth, part.depth + 1)
  }
  if (size > MAX_VALUES) throw new YamlFault(`its aliases multiply to more than ${MAX_VALUES} values`, offset)
  if (depth > MAX_DEPTH) throw new YamlFault(`it is nested deeper than ${MAX_DEPTH} levels`, offset)
  return { json: json(parts.map((part) => part.json)), size, depth }
}

/** The member name that JSON readers see for a key: `1:` is "1". */
export function keyText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'symbol' ? '<<' : String(value)
}

/** True for `<<: …`, not for a quoted "<<". */
export function isMergePair(pair: Pair): boolean {
  return isScalar(pair.key) && typeof pair.key.value === 'symbol'
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isCollection(node) || isAlias(node) ? node.range?.[0] : undefined
}

/** Non-finite numbers are no JSON: the API server's tools refuse them, we read them as text. */
function scalarJson(value: unknown): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  return typeof value === 'symbol' ? '<<' : null
}
