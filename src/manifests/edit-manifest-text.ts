import { equalJson, isArray, isObject, type Json } from '#src/domain/json.ts'
import { type JsonPlace, jsonOperations } from './json-operations.ts'
import { refuse } from './yaml-nodes.ts'
import { applySplice, spliceFor } from './yaml-splice.ts'
import { isUnparsable, type ManifestText, parseManifestText } from './yaml-text.ts'

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
 * bytes. The result is read again, and nothing but that value may differ. Throws EditRefused otherwise.
 */
export function editManifestText(text: string, place: ObjectPlace, after: Json): EditedText {
  const parsed = parsedOrRefused(text)
  const before = parsed.documents.map(({ json }) => json)
  const expected = before.with(place.document, replacedAt(before[place.document], place.at, after))
  let edited = text
  for (const operation of jsonOperations(before[place.document] ?? null, expected[place.document] ?? null)) {
    const document = parsedOrRefused(edited).documents[place.document]?.document
    if (document === undefined) throw refuse('the document is gone')
    edited = applySplice(edited, spliceFor(document, edited, operation))
  }
  const result = parseManifestText(edited)
  if (
    isUnparsable(result) ||
    !equalJson(
      result.documents.map(({ json }) => json),
      expected,
    )
  ) {
    throw refuse('the way it is written does not allow a change of this field alone')
  }
  return { text: edited, line: firstDifferentLine(text, edited) }
}

/** The value at a place of a parsed file. */
export function jsonAt(value: Json | undefined, at: JsonPlace): Json | undefined {
  return at.reduce<Json | undefined>((here, segment) => {
    if (typeof segment === 'number') return isArray(here) ? here[segment] : undefined
    return isObject(here) && Object.hasOwn(here, segment) ? here[segment] : undefined
  }, value)
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

export function firstDifferentLine(before: string, after: string): number {
  let at = 0
  while (at < before.length && before[at] === after[at]) at++
  return before.slice(0, at).split('\n').length
}
