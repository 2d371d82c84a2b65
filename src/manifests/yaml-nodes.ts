import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { OperatorError } from '#src/domain/errors.ts'
import type { JsonPlace } from './json-operations.ts'

/** A collection and, in it, the place of a step: the pair of a key, or the position of an item. */
export type Step =
  | { readonly in: YAMLMap; readonly key: string; readonly pair: Pair | undefined }
  | { readonly in: YAMLSeq; readonly index: number; readonly item: Node | undefined }

export function refuse(why: string): OperatorError {
  return new OperatorError('EditRefused', why)
}

/**
 * The collection that a place lies in, and the place in it, which need not exist yet. EditRefused where an alias, a
 * shared anchor or a merge key stands on the way: an edit there would reach further than it looks.
 */
export function stepTo(document: Document, place: JsonPlace): Step {
  const shared = sharedAnchors(document)
  let node: unknown = document.contents
  checkOwn(node, shared)
  for (const segment of place.slice(0, -1)) {
    node = nodeOf(stepIn(node, segment))
    checkOwn(node, shared)
  }
  const last = place.at(-1)
  if (last === undefined) throw refuse('a whole document is not edited')
  const step = stepIn(node, last)
  checkOwn(nodeOf(step), shared)
  return step
}

/** The node that stands at a step, if any. */
export function nodeOf(step: Step): unknown {
  return 'index' in step ? step.item : step.pair?.value
}

function stepIn(node: unknown, segment: string | number): Step {
  if (isMap(node)) {
    const key = String(segment)
    const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === key)
    if (pair === undefined && node.items.some((each) => isScalar(each.key) && isMergeKey(each.key.value)))
      throw refuse(`the field "${key}" may come from a merge key (<<)`)
    return { in: node, key, pair }
  }
  if (isSeq(node) && typeof segment === 'number') {
    const item = node.items[segment]
    return { in: node, index: segment, item: item === undefined ? undefined : (item as Node) }
  }
  throw refuse(`there is no collection to hold ${JSON.stringify(segment)}`)
}

function isMergeKey(value: unknown): boolean {
  return value === '<<' || typeof value === 'symbol'
}

function sharedAnchors(document: Document): ReadonlySet<string> {
  const names = new Set<string>()
  visit(document, { Alias: (_key, alias) => void names.add(alias.source) })
  return names
}

function checkOwn(node: unknown, shared: ReadonlySet<string>): void {
  if (isAlias(node)) throw refuse(`the field is an alias (*${node.source}) of another one`)
  if (isMap(node) || isSeq(node) || isScalar(node)) {
    if (node.anchor !== undefined && shared.has(node.anchor))
      throw refuse(`the field is inside the anchor &${node.anchor}, which is used elsewhere`)
  }
}

/** Start and end of a node's own source, without comments behind it. */
export function rangeOf(node: unknown): readonly [start: number, end: number] {
  const range = isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range : undefined
  if (!range) throw refuse('a part of the document has no place in the source')
  return [range[0], range[1]]
}

/** Where the source of a node ends that may be a block collection: behind its last leaf. */
export function contentEnd(node: unknown, text: string): number {
  if ((isMap(node) || isSeq(node)) && !node.flow) {
    const last = node.items.at(-1)
    if (isMap(node) && last !== undefined) return pairEnd(last as Pair, text)
    if (last !== undefined) return contentEnd(last, text)
  }
  return rangeOf(node)[1]
}

export function pairEnd(pair: Pair, text: string): number {
  return Math.max(afterColon(pair, text), pair.value === null ? 0 : contentEnd(pair.value, text))
}

/** The offset behind the colon of a pair. */
export function afterColon(pair: Pair, text: string): number {
  const [start, end] = rangeOf(pair.key)
  const colon = /^[ \t]*:/.exec(text.slice(end, end + 200))
  if (!colon || text.slice(Math.max(0, start - 2), start) === '? ')
    throw refuse('an explicit key (?) is not edited')
  return end + colon[0].length
}

/** True for a value of which nothing is written: `key:`. */
export function isUnwritten(node: unknown): boolean {
  return node === null || (isScalar(node) && node.range?.[0] === node.range?.[1])
}

/** Start of the line that an offset lies in. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** Start of the next line; the end of the text behind an unfinished last line. A block scalar ends on a line start. */
export function nextLine(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === '\n') return offset
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}

/** Column of an offset, in characters from the start of its line; a byte order mark takes none. */
export function columnOf(text: string, offset: number): number {
  const start = lineStart(text, offset)
  return offset - start - (start === 0 && text.startsWith('\ufeff') ? 1 : 0)
}
