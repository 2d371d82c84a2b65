import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editManifestText } from '#src/manifests/yaml/edit-manifest-text.ts'
import { decodeManifest, isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'

const bomb = (levels: number) =>
  `a0: &a0 [x, x]\n${Array.from({ length: levels }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]\n`).join('')}`

const HOSTILE: Readonly<Record<string, readonly [text: string, why: RegExp]>> = {
  'a bomb of aliases': [bomb(12), /aliases multiply/],
  'a bomb of merge keys': [
    `a0: &a0 {x: [1, 2, 3]}\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: *a${i}, y: *a${i}}\n`).join('')}`,
    /aliases multiply/,
  ],
  'an anchor that holds itself': ['a: &a [*a]\n', /holds itself/],
  'ten thousand brackets': ['['.repeat(10_000), /./],
  'ten thousand pairs of brackets': [
    '['.repeat(10_000) + ']'.repeat(10_000),
    /nested deeper than 200 levels/,
  ],
  'ten thousand dashes': [`${'- '.repeat(10_000)}a`, /nested deeper/],
  'nesting by indentation': [
    Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    /nested deeper/,
  ],
  'nesting by aliases': [
    `a0: &a0 [x]\n${Array.from({ length: 300 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`).join('')}`,
    /nested deeper/,
  ],
  'a line of fifty million characters': [`a: ${'x'.repeat(50_000_000)}`, /longer than 4 Mi/],
  'a million empty documents': ['---\n'.repeat(1_000_000), /more lines and values/],
  'ten thousand anchors on one value': ['&a '.repeat(10_000), /anchor/],
  'ten thousand directives': ['%A\n'.repeat(10_000), /directive/i],
  'the same key twice': ['a: 1\nb:\n  c: 1\n  c: 2\n', /unique at line 4, column 3/],
}

for (const [title, [text, why]] of Object.entries(HOSTILE)) {
  test(`${title} is refused for reading and editing`, () => {
    const read = parseManifestText(text)
    assert.ok(isUnparsable(read))
    assert.match(read.error, why)
    assert.ok(read.error.length < 300)
    assert.throws(() => editManifestText(text, { document: 0, at: [] }, { a: 1 }), { code: 'EditRefused' })
  })
}

test('one anchor used a thousand times is no bomb', () => {
  const text = `x: &x {a: 1}\nl:\n${'- *x\n'.repeat(1000)}`
  const read = parseManifestText(text)
  assert.ok(!isUnparsable(read))
  assert.equal(
    editManifestText(text, { document: 0, at: [] }, { ...(read.documents[0]?.json as object), z: 1 }).text,
    `${text}z: 1\n`,
  )
})

test('a hundred thousand keys are read', () => {
  const text = Array.from({ length: 100_000 }, (_, i) => `k${i}: 1\n`).join('')
  assert.ok(!isUnparsable(parseManifestText(text)))
})

test('bytes that are no UTF-8 have no text', () => {
  assert.equal(decodeManifest(Uint8Array.of(0x61, 0x3a, 0x20, 0xff)), undefined)
  assert.equal(decodeManifest(Uint8Array.of(0xff, 0xfe, 0x61, 0x00)), undefined)
  assert.equal(decodeManifest(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa')
})
