import { isMap, type Pair } from 'yaml'
import { equalJson, isArray, isObject, type Json } from '#src/domain/json.ts'
import {
  afterOperation,
  type JsonOperation,
  type JsonPlace,
  jsonAt,
  jsonOperations,
} from './json-operations.ts'
import { placeText, sharedAnchor } from './yaml-anchors.ts'
import { isMergePair } from './yaml-json.ts'
import { refuse } from './yaml-nodes.ts'
import { rootLines } from './yaml-replace.ts'
import { applySplices, changeFor, isScalarExchange, type Splices, type TextChange } from './yaml-splice.ts'
import { PLAIN_STYLE } from './yaml-style.ts'
import { isUnparsable, type ManifestText, parseManifestText } from './yaml-text.ts'

export { jsonAt }

/** Where an object stands in a file: the document, and the place in it (`['items', 2]` in a List; empty otherwise). */
export interface ObjectPlace {
  readonly document: number
  readonly at: JsonPlace
}

export interface EditedText {
  readonly text: string
  /** 1-based first line that differs, in the text before. */
  readonly line: number
}

/**
 * Changes one value in a file from what it is to `after` by splicing the source: what both have in common keeps its
 * bytes. Every step is read again, and nothing but what was meant may differ. Throws EditRefused otherwise.
 */
export function editManifestText(text: string, place: ObjectPlace, after: Json): EditedText {
  const parsed = parsedOrRefused(text)
  if (parsed.documents.length === 0 && place.document === 0 && place.at.length === 0)
    return edited(text, filled(text, after))
  const before = parsed.documents.map(({ json }) => json)
  const expected = before.with(place.document, replacedAt(before[place.document], place.at, after))
  return edited(text, textLike(parsed, place, expected).text)
}

/** A value as a file of its own. */
export function manifestText(value: Json): string {
  return `${rootLines(value, PLAIN_STYLE)}\n`
}

/** The text of a manifest inside another's string, with its first document changed; undefined when nothing changes. */
export function editInlineManifest(
  text: string,
  change: (present: Json) => Json | undefined,
): string | undefined {
  const present = parsedOrRefused(text).documents[0]?.json
  const after = present === undefined ? undefined : change(present)
  return after === undefined ? undefined : editManifestText(text, { document: 0, at: [] }, after).text
}

/** Splices a text until its documents are as expected. Each round leaves less to do, or refuses. */
function textLike(text: ManifestText, place: ObjectPlace, expected: readonly Json[]): ManifestText {
  let now = text
  const wanted = expected[place.document] ?? null
  for (;;) {
    const operations = jsonOperations(now.documents[place.document]?.json ?? null, wanted)
    if (operations.length === 0) return now
    now = exchanged(now, place, operations, wanted) ?? performed(now, place, operations, wanted)
  }
}

/** All exchanges of one scalar for another at once, where there are several. */
function exchanged(
  now: ManifestText,
  place: ObjectPlace,
  operations: readonly JsonOperation[],
  wanted: Json,
): ManifestText | undefined {
  const found = now.documents[place.document]
  if (found === undefined || operations.length < 2) return undefined
  const exchanges = operations.filter(({ op }) => op === 'replace')
  let json = found.json
  const splices: Splices[] = []
  for (const operation of exchanges) {
    const change = changeFor(found.document, now.text, found.json, operation, (at) => jsonAt(wanted, at))
    if (!isScalarExchange(change)) return undefined
    if (sharedAnchor(found.document, change.way, place.at, now.text) !== undefined) return undefined
    for (const first of change.candidates) {
      splices.push(first)
      break
    }
    json = afterOperation(json, operation)
  }
  if (splices.length < 2) return undefined
  return readAs(now, place, splices.flat(), (result) => equalJson(result, json))
}

/** The first of the operations, in the first way of writing it that is read as meant. */
function performed(
  now: ManifestText,
  place: ObjectPlace,
  operations: readonly JsonOperation[],
  wanted: Json,
): ManifestText {
  const found = now.documents[place.document]
  const [operation] = operations
  if (found === undefined || operation === undefined) throw refuse('the document is gone')
  const change = changeFor(found.document, now.text, found.json, operation, (at) => jsonAt(wanted, at))
  const meant = afterOperation(found.json, change.operation)
  const shared = sharedAnchor(found.document, change.way, place.at, now.text)
  for (const splices of change.candidates) {
    const result = readAs(now, place, splices, (json) =>
      shared === undefined ? equalJson(json, meant) : isNearer(json, wanted, operations),
    )
    if (result) return result
  }
  throw refuse(shared ?? whyNot(change))
}

function whyNot({ operation, way }: TextChange): string {
  const merges = isMap(way.step?.in) && (way.step.in.items as Pair[]).some(isMergePair)
  return merges && operation.op === 'remove'
    ? `a merge key (<<) brings the field ${placeText(operation.at)} back when it is removed`
    : 'the way it is written does not allow a change of this field alone'
}

/** The spliced text, if it can be read, the document became as meant, and no other one changed. */
function readAs(
  now: ManifestText,
  place: ObjectPlace,
  splices: Splices,
  isMeant: (json: Json) => boolean,
): ManifestText | undefined {
  const result = parseManifestText(applySplices(now.text, splices))
  if (isUnparsable(result) || result.documents.length !== now.documents.length) return undefined
  const others = result.documents.every(
    ({ json }, i) => i === place.document || equalJson(json, now.documents[i]?.json),
  )
  return others && isMeant(result.documents[place.document]?.json ?? null) ? result : undefined
}

/** What is shared changes in several places at once: each of them must be wanted so, and nothing else may differ. */
function isNearer(json: Json, wanted: Json, operations: readonly JsonOperation[]): boolean {
  const left = jsonOperations(json, wanted)
  const known = new Set(operations.map(({ op, at }) => JSON.stringify([op, at])))
  return left.length < operations.length && left.every(({ op, at }) => known.has(JSON.stringify([op, at])))
}

/** A text without any document, comments perhaps, with the value as its document. */
function filled(text: string, value: Json): string {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  const before = text === '' || text.endsWith('\n') || text === '\ufeff' ? '' : lineEnd
  const result = `${text}${before}${rootLines(value, { ...PLAIN_STYLE, lineEnd })}${lineEnd}`
  const [document, ...others] = parsedOrRefused(result).documents
  if (others.length > 0 || !equalJson(document?.json, value)) throw refuse('the file has no document to edit')
  return result
}

function replacedAt(value: Json | undefined, at: JsonPlace, replacement: Json): Json {
  const [segment, ...rest] = at
  if (segment === undefined) return replacement
  if (typeof segment === 'number' && isArray(value)) {
    return value.with(segment, replacedAt(value[segment], rest, replacement))
  }
  if (typeof segment === 'string' && isObject(value)) {
    return { ...value, [segment]: replacedAt(value[segment], rest, replacement) }
  }
  throw refuse('the object is not where it was')
}

function parsedOrRefused(text: string): ManifestText {
  const parsed = parseManifestText(text)
  if (isUnparsable(parsed)) throw refuse(`the file cannot be read: ${parsed.error}`)
  return parsed
}

function edited(before: string, after: string): EditedText {
  return { text: after, line: firstDifferentLine(before, after) }
}

/** 1-based, in the text before. */
export function firstDifferentLine(before: string, after: string): number {
  let at = 0
  while (at < before.length && before[at] === after[at]) at++
  return before.slice(0, at).split('\n').length
}
