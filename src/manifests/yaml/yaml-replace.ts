import { type Document, isScalar, type Scalar } from 'yaml'
import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { blockScalarEdits } from './block-scalar.ts'
import {
  type EmitStyle,
  emitAfterKey,
  emitFlow,
  emitItem,
  emitItems,
  emitJsonLines,
  emitPairs,
} from './yaml-emit.ts'
import { indentOf } from './yaml-flow-splice.ts'
import {
  afterColon,
  afterProperties,
  beginsLine,
  columnOf,
  contentEnd,
  dashOf,
  endOfLine,
  isBlockCollection,
  isBlockScalar,
  isUnwritten,
  lineEndAt,
  nodeOf,
  rangeOf,
  type Step,
} from './yaml-nodes.ts'
import { type ScalarValue, scalarSource } from './yaml-scalar.ts'
import type { Splices } from './yaml-splice.ts'
import { scalarStyle } from './yaml-style.ts'

/** What an alias is exchanged for: a merge of the same alias with members beside it. */
interface Merged {
  readonly alias: string
  readonly own: Json
}

/** Ways to write another value at a step; as much as possible of what stands around it stays. */
export function* replaceValue(
  step: Step,
  text: string,
  value: Json,
  style: EmitStyle,
  merged: Merged | undefined,
): Generator<Splices> {
  const node = nodeOf(step)
  const start = valueStart(step, text)
  const keyed = afterProperties(text, start, node)
  if (isScalarValue(value) && isBlockScalar(node)) yield* inBlockScalar(node, step, text, value)
  else if (isScalarValue(value) && isScalar(node) && !isUnwritten(node))
    yield* forScalar(node, step, text, value, style)
  if (step.in.flow || style.json) {
    yield* inFlow(step, text, keyed, value, style, merged)
    return
  }
  yield asBlock(step, text, keyed, value, style, merged)
  // A tag may contradict the new value.
  if (keyed !== start) yield asBlock(step, text, start, value, style, merged)
}

/** The whole content of a document. */
export function* replaceDocument(
  document: Document,
  text: string,
  value: Json,
  style: EmitStyle,
): Generator<Splices> {
  const { contents, range } = document
  const isEmpty = contents === null || (isScalar(contents) && isUnwritten(contents))
  const lines = rootLines(value, style)
  if (!isEmpty) {
    const [start] = rangeOf(contents)
    const end = contentEnd(contents, text)
    if (style.json) yield [{ start, end, text: emitJsonLines(value, style, '') }]
    else yield [{ start, end, text: beginsLine(text, start) ? lines : style.lineEnd + lines }]
    return
  }
  const end = isScalar(contents) && contents.range ? contents.range[2] : (range?.[1] ?? text.length)
  const before = end === 0 || text[end - 1] === '\n' || text[end - 1] === '\ufeff' ? '' : style.lineEnd
  yield [{ start: end, end, text: before + lines + (before === '' ? style.lineEnd : '') }]
}

/** A value as a document's text without the last line end. */
export function rootLines(value: Json, style: EmitStyle): string {
  if (isArray(value) && value.length > 0) return emitItems(value, style, 0)
  if (isObject(value) && Object.keys(value).length > 0) return emitPairs(value, style, 0)
  return emitFlow(value, style)
}

function isScalarValue(value: Json): value is ScalarValue {
  return !isArray(value) && !isObject(value)
}

/** Behind the colon or the dash of a step; in a flow list the start of the item. */
function valueStart(step: Step, text: string): number {
  if ('index' in step) return step.in.flow ? rangeOf(step.item)[0] : dashOf(step.in, step.index) + 1
  if (step.pair === undefined) return rangeOf(step.in)[0]
  return step.pair.value === null ? rangeOf(step.pair.key)[1] : afterColon(step.pair, text)
}

function* inBlockScalar(
  node: Scalar<string>,
  step: Step,
  text: string,
  value: ScalarValue,
): Generator<Splices> {
  const [start, end] = rangeOf(node)
  const column =
    'key' in step && step.pair ? columnOf(text, rangeOf(step.pair.key)[0]) : dashColumn(step, text)
  for (const edit of blockScalarEdits(text.slice(start, end), node.value, value, column))
    yield [{ start: start + edit.start, end: start + edit.end, text: edit.text }]
}

function dashColumn(step: Step, text: string): number {
  return 'index' in step ? columnOf(text, dashOf(step.in, step.index)) : 0
}

function* forScalar(
  node: Scalar,
  step: Step,
  text: string,
  value: ScalarValue,
  style: EmitStyle,
): Generator<Splices> {
  const [start, end] = rangeOf(node)
  const own = style.json ? 'json' : (scalarStyle(node) ?? 'plain')
  const inFlow = step.in.flow === true
  // Several lines become a literal block, behind the comment that may follow.
  if (own === 'plain' && !inFlow && typeof value === 'string' && value.includes('\n'))
    yield asBlock(step, text, start - 1, value, style, undefined)
  const source = scalarSource(value, own, inFlow, text.slice(start, end))
  yield [{ start, end, text: source }]
}

function* inFlow(
  step: Step,
  text: string,
  from: number,
  value: Json,
  style: EmitStyle,
  merged: Merged | undefined,
): Generator<Splices> {
  const node = nodeOf(step)
  const key = 'key' in step ? step.key : undefined
  const source =
    merged === undefined
      ? flowSource(value, style, text, from, key)
      : `{<<: *${merged.alias}, ${emitFlow(merged.own, style, key).slice(1)}`
  if ('key' in step && step.pair?.value === null) {
    yield [{ start: from, end: from, text: `${style.colon}${source}` }]
  } else if (isUnwritten(node)) {
    const blank = text[from] === ' ' ? 1 : 0
    yield [{ start: from + blank, end: from + blank, text: blank === 1 ? source : ` ${source}` }]
  } else {
    const [start, end] = rangeOf(node)
    yield [{ start, end, text: source }]
  }
}

function flowSource(
  value: Json,
  style: EmitStyle,
  text: string,
  offset: number,
  key: string | undefined,
): string {
  return style.json && style.unit !== undefined
    ? emitJsonLines(value, style, indentOf(text, offset))
    : emitFlow(value, style, key)
}

/**
 * Another value in a block. What is on the line behind the old value (a comment) stays on the key's line; lines of a new
 * block follow it.
 */
function asBlock(
  step: Step,
  text: string,
  from: number,
  value: Json,
  style: EmitStyle,
  merged: Merged | undefined,
): Splices {
  const node = nodeOf(step)
  const near = { ...style, lineEnd: lineEndAt(text, from) }
  const source = blockSource(step, text, value, near, merged)
  const newline = source.indexOf('\n')
  const [head, rest] =
    newline < 0 ? [source, ''] : [source.slice(0, newline).replace('\r', ''), source.slice(newline + 1)]
  const following = newline < 0 ? '' : near.lineEnd + rest
  const isLines = isBlockCollection(node) && text.slice(from, rangeOf(node)[0]).includes('\n')
  const firstLine = endOfLine(text, from)
  const end = isUnwritten(node) ? from : contentEnd(node, text)
  if (isLines) {
    // The lines below the key's go; its comment stays.
    return [
      { start: from, end: from, text: head },
      { start: firstLine, end: Math.max(end, firstLine), text: following },
    ]
  }
  if (isUnwritten(node)) {
    const lineEnds = endOfLine(text, from)
    const blanks = text.slice(from, lineEnds).trim() === '' ? lineEnds : from
    return following === ''
      ? [{ start: from, end: blanks === lineEnds ? lineEnds : from, text: head }]
      : [
          { start: from, end: blanks === lineEnds ? lineEnds : from, text: head },
          { start: lineEnds, end: lineEnds, text: following },
        ]
  }
  const lineEnds = isBlockCollection(node) || isBlockScalar(node) ? end : endOfLine(text, end)
  return following === ''
    ? [{ start: from, end, text: head }]
    : [
        { start: from, end, text: head },
        { start: lineEnds, end: lineEnds, text: following },
      ]
}

/** What follows the colon or the dash. */
function blockSource(
  step: Step,
  text: string,
  value: Json,
  style: EmitStyle,
  merged: Merged | undefined,
): string {
  const key = 'key' in step ? step.key : undefined
  if ('index' in step) {
    const gap = Math.max(style.dash - 1, 1)
    const column = dashColumn(step, text) + 1 + gap
    const source =
      merged === undefined
        ? emitItem(value, style, column)
        : `<<: *${merged.alias}${style.lineEnd}${' '.repeat(column)}${emitPairs(merged.own, style, column)}`
    return ' '.repeat(gap) + source
  }
  const indent = step.pair === undefined ? 0 : columnOf(text, rangeOf(step.pair.key)[0])
  if (merged === undefined) return emitAfterKey(value, style, indent, key)
  const deeper = ' '.repeat(indent + style.step)
  const own = emitPairs(merged.own, style, indent + style.step)
  return `${style.lineEnd}${deeper}<<: *${merged.alias}${style.lineEnd}${deeper}${own}`
}
