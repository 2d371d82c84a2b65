import { type Document, isMap, isScalar, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { blockScalarSource } from './block-scalar.ts'
import type { JsonOperation } from './json-operations.ts'
import { type EmitStyle, emitAfterKey, emitFlow, emitItem, emitJson, emitPair } from './yaml-emit.ts'
import {
  afterColon,
  columnOf,
  contentEnd,
  isUnwritten,
  lineStart,
  nextLine,
  nodeOf,
  pairEnd,
  rangeOf,
  refuse,
  type Step,
  stepTo,
} from './yaml-nodes.ts'
import { scalarSource } from './yaml-scalar.ts'
import { scalarStyle, styleBeside } from './yaml-style.ts'

/** Replaces `text[start, end)`; offsets are UTF-16, as the parser's are. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

export function applySplice(text: string, { start, end, text: replacement }: Splice): string {
  return text.slice(0, start) + replacement + text.slice(end)
}

/** The one splice that performs an operation on a document of the text. EditRefused where it cannot be done safely. */
export function spliceFor(document: Document, text: string, operation: JsonOperation): Splice {
  const step = stepTo(document, operation.at)
  const style = styleBeside(document, text, step.in)
  const splice =
    operation.op === 'replace'
      ? replaceAt(step, text, operation.value, style)
      : operation.op === 'insert'
        ? insertAt(step, text, operation.value, style)
        : removeAt(step, text)
  if (text.slice(splice.start, splice.end).includes('{{')) throw refuse('its source is template text ({{ }})')
  return splice
}

function replaceAt(step: Step, text: string, value: Json, style: EmitStyle): Splice {
  const node = nodeOf(step)
  if (isScalar(node) && !isUnwritten(node) && !isObject(value) && !isArray(value)) {
    return replaceScalar(node, step, text, value, style)
  }
  if (style.strings === 'json' || step.in.flow || 'index' in step) {
    const [start, end] = rangeOf(node)
    return { start, end: Math.min(end, contentEnd(node, text)), text: emitNested(value, style, text, start) }
  }
  if (step.pair === undefined) throw refuse(`there is no field "${step.key}"`)
  const start = afterColon(step.pair, text)
  const replacement = emitAfterKey(value, style, columnOf(text, rangeOf(step.pair.key)[0]))
  if (isUnwritten(node)) {
    // A comment on the key's line stays on it.
    const end = replacement.startsWith(style.lineEnd) ? endOfLine(text, start) : start
    return { start: end, end, text: replacement }
  }
  const [from] = rangeOf(node)
  if (text.slice(start, from).trim() !== '')
    throw refuse('the value has a tag, an anchor or a comment before it')
  const end = contentEnd(node, text)
  const lineEnd = text[end - 1] === '\n' ? style.lineEnd : ''
  return { start, end, text: replacement + lineEnd }
}

function replaceScalar(node: Scalar, step: Step, text: string, value: Json, style: EmitStyle): Splice {
  if (isObject(value) || isArray(value)) throw refuse('a scalar is not replaced by a collection here')
  const [start, end] = rangeOf(node)
  const own = scalarStyle(node)
  if (own === undefined)
    return { start, end, text: blockScalarSource(text.slice(start, end), value, style.lineEnd) }
  const wanted = style.strings === 'json' ? 'json' : own
  return { start, end, text: scalarSource(value, wanted, step.in.flow === true) }
}

function insertAt(step: Step, text: string, value: Json, style: EmitStyle): Splice {
  if ('key' in step) {
    if (step.pair !== undefined) throw refuse(`the field "${step.key}" is there already`)
    return step.in.flow
      ? insertInFlow(step, text, value, style)
      : insertPair(step.in, step.key, text, value, style)
  }
  return step.in.flow
    ? insertInFlow(step, text, value, style)
    : insertItem(step.in, step.index, text, value, style)
}

/** Members of a container and its surroundings in the order in which people write them. */
const USUAL_ORDER = [
  ...['apiVersion', 'kind', 'metadata', 'namespace', 'spec', 'restartPolicy', 'serviceAccountName'],
  ...['name', 'newName', 'newTag', 'digest', 'image', 'imagePullPolicy', 'command', 'args', 'workingDir'],
  ...['ports', 'envFrom', 'env', 'resources'],
]

/** How many of a map's pairs come before a new key: those up to the last that usually stands before it, else all. */
function usualPosition(map: YAMLMap, key: string): number {
  const rank = USUAL_ORDER.indexOf(key)
  const before = map.items.findLastIndex(({ key: each }) => {
    const other = USUAL_ORDER.indexOf(isScalar(each) ? String(each.value) : '')
    return other >= 0 && other < rank
  })
  return before < 0 ? map.items.length : before + 1
}

function insertPair(map: YAMLMap, key: string, text: string, value: Json, style: EmitStyle): Splice {
  const anchor = (map.items as Pair[])[usualPosition(map, key) - 1]
  if (anchor === undefined) throw refuse('an empty block cannot be extended')
  const indent = columnOf(text, rangeOf(anchor.key)[0])
  const source = `${' '.repeat(indent)}${emitPair(key, value, style, indent)}`
  return newLines(text, pairEnd(anchor, text), source, style)
}

function insertItem(seq: YAMLSeq, index: number, text: string, value: Json, style: EmitStyle): Splice {
  const column = columnOf(text, rangeOf(seq)[0])
  const source = emitItem(value, style, column)
  const before = seq.items[index - 1]
  if (before !== undefined) return newLines(text, contentEnd(before, text), source, style)
  const start = lineStart(text, rangeOf(seq)[0])
  if (text.slice(start, rangeOf(seq)[0]).trim() !== '')
    throw refuse('a list inside a list is not extended at its start')
  return { start, end: start, text: source + style.lineEnd }
}

/** Puts whole lines behind the line that `offset` ends on. */
function newLines(text: string, offset: number, source: string, style: EmitStyle): Splice {
  const start = nextLine(text, offset)
  const finished = start === 0 || text[start - 1] === '\n'
  return { start, end: start, text: finished ? source + style.lineEnd : style.lineEnd + source }
}

function insertInFlow(step: Step, text: string, value: Json, style: EmitStyle): Splice {
  const items = members(step)
  const position = 'index' in step ? step.index : usualPosition(step.in, step.key)
  const [open, close] = rangeOf(step.in)
  const [first] = items
  if (first === undefined) {
    const source = 'key' in step ? { [step.key]: value } : [value]
    return { start: open, end: close, text: emitNested(source, style, text, open) }
  }
  const multiline = text.slice(open, first.start).includes('\n')
  const indent = columnOf(text, first.start)
  const nested = multiline ? emitJsonOrFlow(value, style, indent) : emitFlow(value, style)
  const source =
    'key' in step
      ? `${scalarSource(step.key, style.strings === 'json' ? 'json' : 'plain', true)}: ${nested}`
      : nested
  const separator = multiline ? `,${style.lineEnd}${' '.repeat(indent)}` : ', '
  const before = items[position - 1]
  if (before === undefined) return { start: first.start, end: first.start, text: source + separator }
  return { start: before.end, end: before.end, text: separator + source }
}

function emitNested(value: Json, style: EmitStyle, text: string, start: number): string {
  if (style.strings !== 'json') return emitFlow(value, style)
  const line = lineStart(text, start)
  return emitJsonOrFlow(value, style, /^[ \t]*/.exec(text.slice(line))?.[0].length ?? 0)
}

function emitJsonOrFlow(value: Json, style: EmitStyle, indent: number): string {
  return style.strings === 'json' ? emitJson(value, style, indent) : emitFlow(value, style)
}

function removeAt(step: Step, text: string): Splice {
  if (step.in.flow) return removeFromFlow(step)
  if ('index' in step) {
    if (step.item === undefined) throw refuse('there is no such list item')
    const [from] = rangeOf(step.item)
    const start = lineStart(text, from)
    if (!/^[\s\ufeff]*-\s+$/.test(text.slice(start, from)))
      throw refuse('the list item does not begin a line of its own')
    return removeLines(text, start, contentEnd(step.item, text))
  }
  const pairs = step.in.items as Pair[]
  const { pair } = step
  if (pair === undefined) throw refuse(`there is no field "${step.key}"`)
  const [from] = rangeOf(pair.key)
  const start = lineStart(text, from)
  if (text.slice(start, from).trim() === '') return removeLines(text, start, pairEnd(pair, text))
  // The first member behind a dash: the next one moves up to it.
  const next = pairs[pairs.indexOf(pair) + 1]
  if (next === undefined) throw refuse(`"${step.key}" is the only field there`)
  return { start: from, end: rangeOf(next.key)[0], text: '' }
}

function removeLines(text: string, start: number, contentEnds: number): Splice {
  const end = nextLine(text, contentEnds)
  const unfinished = end === text.length && text[end - 1] !== '\n'
  // The line before becomes the last, and stays without a line end like the removed one.
  const before = unfinished && start > 0 ? start - (text[start - 2] === '\r' ? 2 : 1) : start
  return { start: before, end, text: '' }
}

function removeFromFlow(step: Step): Splice {
  const items = members(step)
  const { pair } = 'key' in step ? step : { pair: undefined }
  const position = 'index' in step ? step.index : pair === undefined ? -1 : step.in.items.indexOf(pair)
  const item = items[position]
  if (item === undefined) throw refuse('there is no such member')
  const next = items[position + 1]
  if (next !== undefined) return { start: item.start, end: next.start, text: '' }
  const before = items[position - 1]
  if (before === undefined) throw refuse('the only member is not removed')
  // From the end of the one before to the end of this one: the comma lies between.
  return { start: before.end, end: item.end, text: '' }
}

/** The source ranges of a flow collection's members, in order. */
function members(step: Step): readonly { readonly start: number; readonly end: number }[] {
  if (isMap(step.in)) {
    return step.in.items.map((pair) => {
      const [start, keyEnd] = rangeOf(pair.key)
      return { start, end: pair.value === null || isUnwritten(pair.value) ? keyEnd : rangeOf(pair.value)[1] }
    })
  }
  return step.in.items.map((item) => {
    const [start, end] = rangeOf(item)
    return { start, end }
  })
}

function endOfLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  const end = newline < 0 ? text.length : newline
  return text[end - 1] === '\r' ? end - 1 : end
}
