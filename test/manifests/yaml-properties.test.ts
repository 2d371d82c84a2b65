import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isScalar } from 'yaml'
import { equalJson, isArray, isObject, type Json } from '#src/domain/json.ts'
import { editManifestText } from '#src/manifests/yaml/edit-manifest-text.ts'
import { afterOperation, type JsonOperation, type JsonPlace } from '#src/manifests/yaml/json-operations.ts'
import { isUnparsable, type ManifestText, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'
import { type OddYaml, oddYaml, tree } from './odd-yaml.ts'

const RUNS = { numRuns: 60 }

/** All places of a value that fit. */
function places(value: Json, fits: (value: Json) => boolean, at: JsonPlace = []): readonly JsonPlace[] {
  const own = fits(value) ? [at] : []
  if (isArray(value)) return [...own, ...value.flatMap((each, i) => places(each, fits, [...at, i]))]
  if (!isObject(value)) return own
  return [...own, ...Object.entries(value).flatMap(([key, each]) => places(each ?? null, fits, [...at, key]))]
}

function read(yaml: OddYaml): ManifestText {
  const parsed = parseManifestText(yaml.text)
  if (isUnparsable(parsed)) assert.fail(`${parsed.error}\n${yaml.text}`)
  assert.deepEqual(
    parsed.documents.map(({ json }) => json),
    yaml.values,
    yaml.text,
  )
  return parsed
}

/** Performs an operation on one document and checks that the documents became as meant, and no others. */
function performed(yaml: OddYaml, document: number, operation: JsonOperation): string {
  const value = yaml.values[document] ?? null
  const after = afterOperation(value, operation)
  const { text } = editManifestText(yaml.text, { document, at: [] }, after)
  const result = parseManifestText(text)
  assert.ok(!isUnparsable(result), text)
  assert.ok(
    equalJson(
      result.documents.map(({ json }) => json),
      yaml.values.with(document, after),
    ),
  )
  return text
}

/** True when the lines of one text are those of the other with some left out. */
function keepsLines(fewer: string, more: string): boolean {
  const rows = more.split('\n')
  let at = 0
  for (const row of fewer.split('\n')) {
    while (at < rows.length && rows[at]?.trimEnd() !== row.trimEnd()) at++
    if (at++ >= rows.length) return false
  }
  return true
}

const inBlock = (yaml: OddYaml, document: number, place: JsonPlace): boolean => {
  const node = read(yaml).documents[document]?.document.getIn([...place], true)
  return (
    typeof node === 'object' && node !== null && 'items' in node && !('flow' in node && node.flow === true)
  )
}

test('setting any scalar of any document changes only its bytes', () => {
  fc.assert(
    fc.property(oddYaml, fc.nat(), fc.nat(), tree, (yaml, which, pick, next) => {
      fc.pre(!isObject(next) && !isArray(next))
      const document = which % yaml.values.length
      const value = yaml.values[document] ?? null
      const all = places(value, (each) => !isObject(each) && !isArray(each))
      const at = all[pick % all.length] ?? []
      const node = read(yaml).documents[document]?.document.getIn([...at], true)
      const text = performed(yaml, document, { op: 'replace', at, value: next })
      const [start, end] = isScalar(node) && node.range ? node.range : assert.fail(yaml.text)
      // A value that is not written yet goes right behind its colon.
      const from = start === end ? yaml.text.lastIndexOf(':', start - 1) + 1 : start
      assert.ok(text.startsWith(yaml.text.slice(0, from)), text)
      // A text of several lines may go behind the comment of its key; everything after that line stays.
      const multiline = typeof next === 'string' && next.includes('\n')
      const rest =
        multiline || start === end ? yaml.text.indexOf('\n', Math.max(from, start === end ? 0 : end)) : end
      assert.ok(rest < 0 || text.endsWith(yaml.text.slice(rest).replace(/^\n/, '')), text)
    }),
    RUNS,
  )
})

test('inserting a key leaves all other lines of a block alone', () => {
  fc.assert(
    fc.property(oddYaml, fc.nat(), fc.nat(), tree, (yaml, which, pick, value) => {
      const document = which % yaml.values.length
      const maps = places(
        yaml.values[document] ?? null,
        (each) => isObject(each) && Object.keys(each).length > 0,
      )
      const at = maps[pick % maps.length] ?? []
      const text = performed(yaml, document, { op: 'insert', at: [...at, 'fresh'], value })
      if (inBlock(yaml, document, at)) assert.ok(keepsLines(yaml.text, text), text)
    }),
    RUNS,
  )
})

test('removing a key leaves all other lines of a block alone', () => {
  fc.assert(
    fc.property(oddYaml, fc.nat(), fc.nat(), (yaml, which, pick) => {
      const document = which % yaml.values.length
      const maps = places(
        yaml.values[document] ?? null,
        (each) => isObject(each) && Object.keys(each).length > 1,
      )
      fc.pre(maps.length > 0)
      const at = maps[pick % maps.length] ?? []
      const node = read(yaml).documents[document]?.document.getIn([...at], true) as {
        items: { key: { value: string } }[]
      }
      const keys = node.items.map(({ key }) => String(key.value))
      // The first key may share its line with a dash.
      const key = keys[1 + (pick % (keys.length - 1))] ?? ''
      const text = performed(yaml, document, { op: 'remove', at: [...at, key] })
      if (inBlock(yaml, document, at)) assert.ok(keepsLines(text, yaml.text), text)
      performed(yaml, document, { op: 'remove', at: [...at, keys[0] ?? ''] })
    }),
    RUNS,
  )
})

test('inserting and removing a list item leaves all other lines of a block alone', () => {
  fc.assert(
    fc.property(oddYaml, fc.nat(), fc.nat(), tree, (yaml, which, pick, value) => {
      const document = which % yaml.values.length
      const lists = places(yaml.values[document] ?? null, isArray)
      fc.pre(lists.length > 0)
      const at = lists[pick % lists.length] ?? []
      const size = places(yaml.values[document] ?? null, () => true).filter(
        (place) => place.length === at.length + 1 && at.every((segment, i) => place[i] === segment),
      ).length
      const block = inBlock(yaml, document, at)
      const grown = performed(yaml, document, { op: 'insert', at: [...at, pick % (size + 1)], value })
      if (block && pick % (size + 1) > 0) assert.ok(keepsLines(yaml.text, grown), grown)
      if (size < 2) return
      const shrunk = performed(yaml, document, { op: 'remove', at: [...at, pick % size] })
      if (block) assert.ok(keepsLines(shrunk, yaml.text), shrunk)
    }),
    RUNS,
  )
})
