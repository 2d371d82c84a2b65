import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import type { Json } from '#src/domain/json.ts'
import { editManifestText } from '#src/manifests/yaml/edit-manifest-text.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'

export const set = (field: string, value: Json): FieldChange => ({ op: 'set', field, value })
export const remove = (field: string): FieldChange => ({ op: 'remove', field })

/** The text with changes to one of its documents. */
export function edit(text: string, change: FieldChange | readonly FieldChange[], document = 0): string {
  const parsed = parseManifestText(text)
  assert.ok(!isUnparsable(parsed), JSON.stringify(parsed))
  const json = parsed.documents[document]?.json ?? {}
  const after = applyChanges(json, Array.isArray(change) ? change : [change as FieldChange])
  return editManifestText(text, { document, at: [] }, after).text
}

type Row = readonly [before: string, change: FieldChange | readonly FieldChange[], after: string]

/** One test per sentence: the text before, what changes, the text after to the byte. */
export function edits(table: Readonly<Record<string, Row>>): void {
  for (const [title, [before, change, after]] of Object.entries(table)) {
    test(title, () => assert.equal(edit(before, change), after))
  }
}

/** One test per sentence: what is refused, and words that say why. */
export function refusals(
  table: Readonly<Record<string, readonly [text: string, change: FieldChange, why: RegExp]>>,
): void {
  for (const [title, [text, change, why]] of Object.entries(table)) {
    test(`${title} is refused`, () =>
      assert.throws(() => edit(text, change), { code: 'EditRefused', message: why }))
  }
}
