import { type Document, isAlias, isMap, isScalar } from 'yaml'
import { equalJson, isArray, isObject, type Json } from '#src/domain/json.ts'
import { type JsonOperation, type JsonPlace, jsonAt } from './json-operations.ts'
import { placeText } from './yaml-anchors.ts'
import { insertItem, insertPair, removeItem, removePair } from './yaml-block-splice.ts'
import type { EmitStyle } from './yaml-emit.ts'
import { insertInFlow, removeFromFlow } from './yaml-flow-splice.ts'
import { isUnwritten, nodeOf, refuse, type Step, type Way, wayTo } from './yaml-nodes.ts'
import { positionOf } from './yaml-order.ts'
import { replaceDocument, replaceValue } from './yaml-replace.ts'
import { styleBeside } from './yaml-style.ts'

/** Replaces `text[start, end)`; offsets are UTF-16, as the parser's are. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Splices that together make one change; they do not overlap. */
export type Splices = readonly Splice[]

/** Splices at one place are made in the order given. */
export function applySplices(text: string, splices: Splices): string {
  let [result, at] = ['', 0]
  for (const { start, end, text: replacement } of splices.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, start) + replacement
    at = end
  }
  return result + text.slice(at)
}

/** A change of a document's text, and the operation on its JSON that it performs. */
export interface TextChange {
  readonly operation: JsonOperation
  readonly way: Way
  /** Ways to write it, the most natural first; which of them is read as meant is for the caller to see. */
  readonly candidates: Iterable<Splices>
}

/**
 * How to perform an operation on a document. Where an alias or a merge key stands on the way, it is the nearest map of
 * the field's own that changes. `json` is what the document says now. EditRefused where it cannot be done safely.
 */
export function changeFor(
  document: Document,
  text: string,
  json: Json,
  operation: JsonOperation,
  after: (place: JsonPlace) => Json | undefined,
): TextChange {
  const way = wayTo(document, operation.at)
  if (way.stopped === undefined) return writing(document, text, operation, way)
  const value = after(way.at)
  if (way.stopped === 'merge' && (way.at.length < operation.at.length || operation.op === 'replace')) {
    if (value === undefined) throw refuse(`the field ${placeText(way.at)} comes from a merge key (<<)`)
    return writing(document, text, { op: 'insert', at: way.at, value }, way)
  }
  if (way.stopped === 'merge' && operation.op === 'insert') return writing(document, text, operation, way)
  if (way.stopped === 'alias' && value !== undefined)
    return writing(document, text, { op: 'replace', at: way.at, value }, way, jsonAt(json, way.at))
  throw refuse(`the field ${placeText(operation.at)} comes from a merge key (<<) and cannot be removed there`)
}

function writing(
  document: Document,
  text: string,
  operation: JsonOperation,
  way: Way,
  aliased?: Json,
): TextChange {
  const { step } = way
  const style = styleBeside(document, text, step?.in)
  const candidates = checked(text, written(document, text, operation, step, style, aliased))
  return { operation, way, candidates }
}

function* checked(text: string, all: Iterable<Splices>): Generator<Splices> {
  for (const splices of all) {
    if (splices.some(({ start, end }) => text.slice(start, end).includes('{{')))
      throw refuse('its source is template text ({{ }})')
    yield splices
  }
}

function* written(
  document: Document,
  text: string,
  operation: JsonOperation,
  step: Step | undefined,
  style: EmitStyle,
  aliased: Json | undefined,
): Generator<Splices> {
  if (step === undefined) {
    if (operation.op === 'remove') throw refuse('a whole document is not removed')
    yield* replaceDocument(document, text, operation.value, style)
  } else if (operation.op === 'replace') {
    if ('key' in step && step.pair === undefined) throw refuse(`there is no field "${step.key}"`)
    yield* replaceValue(step, text, operation.value, style, mergedInto(document, step, operation, aliased))
  } else if (operation.op === 'insert') {
    yield* inserted(document, text, operation, step, style)
  } else {
    yield* removed(text, step)
  }
}

function* inserted(
  document: Document,
  text: string,
  { at, value }: { readonly at: JsonPlace; readonly value: Json },
  step: Step,
  style: EmitStyle,
): Generator<Splices> {
  if ('index' in step) {
    yield* step.in.flow
      ? insertInFlow(step.in, undefined, step.index, text, value, style)
      : insertItem(
          step.in,
          step.index,
          text,
          value,
          style,
          at.findLast((each) => typeof each === 'string'),
        )
    return
  }
  if (step.pair !== undefined) throw refuse(`the field "${step.key}" is there already`)
  const position = positionOf(step.in, step.key, at.slice(0, -1), document)
  yield* step.in.flow
    ? insertInFlow(step.in, step.key, position, text, value, style)
    : insertPair(step.in, step.key, position, text, value, style)
}

function* removed(text: string, step: Step): Generator<Splices> {
  if ('index' in step) {
    if (step.item === undefined) throw refuse('there is no such list item')
    yield* step.in.flow ? removeFromFlow(step.in, step.index, text) : removeItem(step.in, step.index, text)
    return
  }
  if (step.pair === undefined) throw refuse(`there is no field "${step.key}"`)
  const index = step.in.items.indexOf(step.pair)
  yield* step.in.flow ? removeFromFlow(step.in, index, text) : removePair(step.in, index, text)
}

/** The part of a value that has to be written beside `<<: *alias`, where that is enough to replace an aliased map. */
function mergedInto(
  document: Document,
  step: Step,
  operation: { readonly value: Json },
  aliased: Json | undefined,
): { readonly alias: string; readonly own: Json } | undefined {
  const node = nodeOf(step)
  const { value } = operation
  if (!isAlias(node) || !isObject(value) || !isMap(node.resolve(document))) return undefined
  const present = aliased
  if (!isObject(present) || Object.keys(present).some((key) => !Object.hasOwn(value, key))) return undefined
  const own = Object.entries(value).filter(([key, each]) => !equalJson(present[key], each))
  return { alias: node.source, own: Object.fromEntries(own) as Json }
}

/** True for a plain exchange of one scalar for another, which moves nothing else. */
export function isScalarExchange({ operation, way }: TextChange): boolean {
  const node = way.step === undefined ? undefined : nodeOf(way.step)
  return (
    operation.op === 'replace' &&
    way.stopped === undefined &&
    isScalar(node) &&
    !isUnwritten(node) &&
    !isObject(operation.value) &&
    !isArray(operation.value)
  )
}
