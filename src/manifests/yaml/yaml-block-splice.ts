import type { Pair, YAMLMap, YAMLSeq } from 'yaml'
import type { Json } from '#src/domain/json.ts'
import { type EmitStyle, emitItems, emitPair } from './yaml-emit.ts'
import {
  afterColon,
  beginsLine,
  columnOf,
  contentEnd,
  dashOf,
  endOfLine,
  lineEndAt,
  lineStart,
  nextLine,
  pairEnd,
  rangeOf,
  refuse,
} from './yaml-nodes.ts'
import type { Splices } from './yaml-splice.ts'

/** A new pair on lines of its own, behind the first `position` pairs. */
export function* insertPair(
  map: YAMLMap,
  key: string,
  position: number,
  text: string,
  value: Json,
  style: EmitStyle,
): Generator<Splices> {
  const pairs = map.items as Pair[]
  const [first] = pairs
  if (first === undefined) throw refuse('an empty block cannot be extended')
  const indent = columnOf(text, startOf(first, text))
  const source = emitPair(key, value, style, indent)
  const before = pairs[Math.max(position, beginsLine(text, startOf(first, text)) ? 0 : 1) - 1]
  yield before === undefined
    ? linesBefore(startOf(first, text), source, indent, style)
    : linesBehind(text, pairEnd(before, text), ' '.repeat(indent) + source, indent)
}

/** A new item on lines of its own, before the item at `index` or at the end. */
export function* insertItem(
  seq: YAMLSeq,
  index: number,
  text: string,
  value: Json,
  style: EmitStyle,
  key: string | undefined,
): Generator<Splices> {
  const first = dashOf(seq, 0)
  const column = columnOf(text, first)
  const source = emitItems([value], style, column, key)
  const before = seq.items[index - 1]
  yield before === undefined
    ? linesBefore(first, source.slice(column), column, style)
    : linesBehind(text, Math.max(dashOf(seq, index - 1) + 1, contentEnd(before, text)), source, column)
}

/** The lines of a pair. Behind a dash, or with comments below it, what follows it takes its place. */
export function* removePair(map: YAMLMap, index: number, text: string): Generator<Splices> {
  const pairs = map.items as Pair[]
  const [pair, next] = [pairs[index], pairs[index + 1]]
  if (pair === undefined) throw refuse('there is no such field')
  afterColon(pair, text)
  const from = startOf(pair, text)
  const end = pairEnd(pair, text)
  if (beginsLine(text, from)) {
    yield removedLines(text, from, end, columnOf(text, from))
    return
  }
  if (next === undefined) throw refuse('the only field behind a dash is not removed')
  const to = startOf(next, text)
  const between = text.slice(nextLine(text, end), to)
  // Comments that lead to the next field stay where they are.
  yield between.trim() === ''
    ? [{ start: from, end: to, text: '' }]
    : [{ start: text.slice(0, from).trimEnd().length, end: endOfLine(text, end), text: '' }]
}

/** The lines of an item. The first item of a list inside a list gives its place to the next. */
export function* removeItem(seq: YAMLSeq, index: number, text: string): Generator<Splices> {
  const from = dashOf(seq, index)
  if (beginsLine(text, from)) {
    const end = Math.max(from + 1, contentEnd(seq.items[index], text))
    yield removedLines(text, from, end, columnOf(text, from))
    return
  }
  if (index + 1 >= seq.items.length) throw refuse('the only item behind a dash is not removed')
  yield [{ start: from, end: dashOf(seq, index + 1), text: '' }]
}

function startOf(pair: Pair, text: string): number {
  const [start] = rangeOf(pair.key)
  // Anchor and tag of a key come before its range.
  const marks = /(?:[&!][^\s]*[ \t]+)+$/.exec(text.slice(lineStart(text, start), start))
  const explicit = /\?[ \t]+$/.exec(text.slice(lineStart(text, start), start))
  return start - (marks?.[0].length ?? explicit?.[0].length ?? 0)
}

/** Puts whole lines behind the line that `offset` ends on, and the comments below it that are deeper than `column`. */
function linesBehind(text: string, offset: number, source: string, column: number): Splices {
  const start = behindComments(text, nextLine(text, offset), column)
  const lineEnd = lineEndAt(text, offset)
  const finished = start === 0 || text[start - 1] === '\n'
  return [{ start, end: start, text: finished ? source + lineEnd : lineEnd + source }]
}

/** Puts lines before what begins at `offset`, which may follow a dash. */
function linesBefore(offset: number, source: string, column: number, style: EmitStyle): Splices {
  return [{ start: offset, end: offset, text: `${source}${style.lineEnd}${' '.repeat(column)}` }]
}

function behindComments(text: string, start: number, column: number): number {
  for (let at = start; ; ) {
    const comment = /^( *)#/.exec(text.slice(at, endOfLine(text, at)))
    if (comment === null || (comment[1] ?? '').length <= column) return at
    at = nextLine(text, at)
    if (text[at - 1] !== '\n') return start
  }
}

function removedLines(text: string, from: number, contentEnds: number, column: number): Splices {
  const start = lineStart(text, from)
  const end = behindComments(text, nextLine(text, contentEnds), column)
  const unfinished = end === text.length && text[end - 1] !== '\n'
  // The line before becomes the last, and stays without a line end like the removed one.
  const before =
    unfinished && start > 0 && text[start - 1] === '\n' ? start - (text[start - 2] === '\r' ? 2 : 1) : start
  return [{ start: before, end, text: '' }]
}
