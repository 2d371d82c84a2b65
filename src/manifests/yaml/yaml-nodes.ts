import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { OperatorError } from '#src/domain/errors.ts'
import type { JsonPlace } from './json-operations.ts'
import { isMergePair, keyText } from './yaml-json.ts'

/** A collection and, in it, the place of a step: the pair of a key, or the position of an item. */
export type Step =
  | { readonly in: YAMLMap; readonly key: string; readonly pair: Pair | undefined }
  | { readonly in: YAMLSeq; readonly index: number; readonly item: Node | undefined }

/** Where a way through a document ends, which may be before its last segment. */
export interface Way {
  /** The collections passed, the outermost first. */
  readonly through: readonly (YAMLMap | YAMLSeq)[]
  /** The last step that could be taken; undefined for the document itself. */
  readonly step: Step | undefined
  /** The place of that step. */
  readonly at: JsonPlace
  /** Why the rest could not be followed: an alias stands there, or the key comes from a merge. */
  readonly stopped: 'alias' | 'merge' | undefined
}

export function refuse(why: string): OperatorError {
  return new OperatorError('EditRefused', why)
}

/** Follows a place through a document as far as its own source goes. EditRefused where nothing can hold a segment. */
export function wayTo(document: Document, place: JsonPlace): Way {
  const through: (YAMLMap | YAMLSeq)[] = []
  let node: unknown = document.contents
  let step: Step | undefined
  for (const [i, segment] of place.entries()) {
    const at = place.slice(0, i)
    if (isAlias(node)) return { through, step, at, stopped: 'alias' }
    if (!isMap(node) && !isSeq(node))
      throw refuse(`there is no collection to hold ${JSON.stringify(segment)}`)
    through.push(node)
    step = stepIn(node, segment)
    if ('key' in step && step.pair === undefined && node.items.some((each) => isMergePair(each as Pair)))
      return { through, step, at: place.slice(0, i + 1), stopped: 'merge' }
    node = nodeOf(step)
  }
  return { through, step, at: place, stopped: undefined }
}

/** The node that stands at a step, if any. */
export function nodeOf(step: Step): unknown {
  return 'index' in step ? step.item : step.pair?.value
}

function stepIn(node: YAMLMap | YAMLSeq, segment: string | number): Step {
  if (isMap(node)) {
    const key = String(segment)
    const pair = node.items.find(
      (each) => isScalar(each.key) && !isMergePair(each) && keyText(each.key.value) === key,
    )
    return { in: node, key, pair }
  }
  if (typeof segment !== 'number') throw refuse(`there is no map to hold ${JSON.stringify(segment)}`)
  const item = node.items[segment]
  return { in: node, index: segment, item: item === undefined ? undefined : (item as Node) }
}

/** Start and end of a node's own source, without anchor and tag before it and comments behind it. */
export function rangeOf(node: unknown): readonly [start: number, end: number] {
  const range = isCollection(node) || isScalar(node) || isAlias(node) ? node.range : undefined
  if (!range) throw refuse('a part of the document has no place in the source')
  return [range[0], range[1]]
}

/** True for a block map or list, whose source is whole lines. */
export function isBlockCollection(node: unknown): node is YAMLMap | YAMLSeq {
  return (isMap(node) || isSeq(node)) && node.flow !== true
}

export function isBlockScalar(node: unknown): node is Scalar<string> {
  return isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED)
}

/** The end of a node's last line of content, without its line end. */
export function contentEnd(node: unknown, text: string): number {
  if (isBlockCollection(node)) {
    const last = node.items.at(-1)
    if (isMap(node) && last !== undefined) return pairEnd(last as Pair, text)
    if (last !== undefined) return contentEnd(last, text)
  }
  const [start, end] = rangeOf(node)
  return isBlockScalar(node) ? blockScalarEnd(text, start, end) : end
}

/** Blank lines behind a block scalar are its own only where they are kept (`|+`), or deeper than its text. */
function blockScalarEnd(text: string, start: number, end: number): number {
  const source = text.slice(start, end)
  const kept = /^[|>][1-9]?\+/.test(source)
  const indent = /\n( *)[^\s]/.exec(source)?.[1]?.length ?? Number.POSITIVE_INFINITY
  let lines = source.replace(/\r?\n$/, '')
  for (
    let blank = lastBlank(lines);
    !kept && blank !== undefined && blank.blanks <= indent;
    blank = lastBlank(lines)
  )
    lines = lines.slice(0, blank.from)
  return start + lines.length
}

function lastBlank(lines: string): { readonly from: number; readonly blanks: number } | undefined {
  const newline = lines.lastIndexOf('\n')
  if (newline < 0 || lines.slice(newline + 1).trim() !== '') return undefined
  const from = lines[newline - 1] === '\r' ? newline - 1 : newline
  return { from, blanks: lines.slice(newline + 1).replace('\r', '').length }
}

export function pairEnd(pair: Pair, text: string): number {
  if (pair.value === null) return rangeOf(pair.key)[1]
  const end = contentEnd(pair.value, text)
  return isUnwritten(pair.value) ? Math.max(end, colonEnd(pair, text) ?? 0) : end
}

/** The offset behind the colon of a pair; EditRefused for an explicit key (`? key`). */
export function afterColon(pair: Pair, text: string): number {
  const start = rangeOf(pair.key)[0]
  const end = colonEnd(pair, text)
  if (end === undefined || /(^|\s)\?\s+$/.test(text.slice(lineStart(text, start), start)))
    throw refuse('an explicit key (?) is not edited')
  return end
}

function colonEnd(pair: Pair, text: string): number | undefined {
  const end = rangeOf(pair.key)[1]
  const colon = /^\s*:/.exec(text.slice(end, end + 500))
  return colon ? end + colon[0].length : undefined
}

/** True for a value of which nothing is written: `key:`. */
export function isUnwritten(node: unknown): boolean {
  return node === null || (isScalar(node) && node.range?.[0] === node.range?.[1])
}

/** The offset behind anchor and tag of a value that begins behind `from`; `from` where it has none. */
export function afterProperties(text: string, from: number, node: unknown): number {
  const marked =
    isCollection(node) || isScalar(node) ? node.anchor !== undefined || node.tag !== undefined : false
  const properties = marked ? /^(?:[ \t]+[&!][^\s,[\]{}]*)+/.exec(text.slice(from, rangeOf(node)[0])) : null
  return from + (properties?.[0].length ?? 0)
}

/** The offset of the dash of a block list's item. */
export function dashOf(seq: YAMLSeq, index: number): number {
  const token = seq.srcToken
  const dash =
    token?.type === 'block-seq'
      ? token.items[index]?.start.find(({ type }) => type === 'seq-item-ind')
      : undefined
  if (dash === undefined) throw refuse('there is no such list item')
  return dash.offset
}

/** Start of the line that an offset lies in, behind a byte order mark. */
export function lineStart(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return text[start] === '\ufeff' && start < offset ? start + 1 : start
}

/** Start of the next line; the end of the text behind an unfinished last line. */
export function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}

/** End of the line that an offset lies in, without its line end. */
export function endOfLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  const end = newline < 0 ? text.length : newline
  return newline >= 0 && text[end - 1] === '\r' && end > offset ? end - 1 : end
}

/** Column of an offset, in characters from the start of its line; a byte order mark takes none. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset)
}

/** True when nothing but blanks stands before an offset on its line. */
export function beginsLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === ''
}

/** The line end in use at an offset: that of its line, or of the one before. */
export function lineEndAt(text: string, offset: number): string {
  const newline = text.indexOf('\n', offset)
  const nearest = newline < 0 ? text.lastIndexOf('\n') : newline
  return text[nearest - 1] === '\r' ? '\r\n' : '\n'
}
