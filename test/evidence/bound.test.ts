import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  boundJson,
  cutAtWord,
  cutText,
  EVIDENCE_LIMIT,
  jsonBytes,
  lastLines,
  leftOut,
  PART_BUDGET,
} from '#src/evidence/bound.ts'
import { cleanText, looksBinary } from '#src/evidence/clean-text.ts'

describe('bounds of evidence', () => {
  test('the parts together stay below the limit', () => {
    const sum = Object.values(PART_BUDGET).reduce((total, budget) => total + budget, 0)
    assert.ok(sum + 512 <= EVIDENCE_LIMIT, `${sum}`)
  })

  test('a cut says how many bytes it left out', () => {
    assert.equal(leftOut(1234), '… 1,234 bytes left out')
    assert.equal(cutText('short', 100), 'short')
    const cut = cutText('x'.repeat(5000), 100)
    assert.ok(cut.length <= 100)
    assert.match(cut, /^x{60}… 4,940 bytes left out$/)
  })

  test('a cut before redaction takes the halved word with it', () => {
    const text = `${'a '.repeat(300)}token-${'not-to-be-halved'.repeat(10)}`
    assert.match(cutAtWord(text, 655), /^(?:a ){300}… 166 bytes left out$/)
    assert.equal(cutAtWord('y'.repeat(9000), 4096).indexOf('y'.repeat(3545)), -1)
  })

  test('the last lines win, and what is before them is counted', () => {
    const text = Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n')
    const shown = lastLines(`${text}\n`, { lines: 50, lineLength: 100, bytes: 10_000 }).split('\n')
    assert.equal(shown.length, 51)
    assert.equal(shown[0], leftOut(text.indexOf('line 50')))
    assert.equal(shown.at(-1), 'line 99')
  })

  test('one line of five megabytes is cut like any other', () => {
    const shown = lastLines(`before\n${'z'.repeat(5_000_000)}\nafter`, {
      lines: 50,
      lineLength: 1000,
      bytes: 4000,
    })
    assert.match(shown, /^before\nz+… 4,999,040 bytes left out\nafter$/)
  })

  test('JSON that fits is left alone; what does not becomes coarser and fits, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 64, max: 4096 }), (value, bytes) => {
        const json = JSON.parse(JSON.stringify(value))
        const bounded = boundJson(json, bytes)
        if (jsonBytes(json) <= bytes) assert.deepEqual(bounded, json)
        else assert.ok(jsonBytes(bounded) <= bytes)
      }),
    )
  })

  test('a bounded list shows how much is missing', () => {
    const bounded = boundJson(
      Array.from({ length: 5000 }, (_, i) => ({ i })),
      2000,
    )
    assert.ok(Array.isArray(bounded))
    assert.match(String(bounded.at(-1)), /bytes left out$/)
  })
})

describe('cleaning text', () => {
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    'line ends become line feeds': ['a\r\nb\rc\n', 'a\nb\nc\n'],
    'colours and cursor movements go': ['\u001b[1;31merror\u001b[0m \u001b[2Kdone', 'error done'],
    'a window title goes': ['\u001b]0;title\u0007text', 'text'],
    'control characters become visible': ['a\u0000b\u0008c\u007f', 'a\ufffdb\ufffdc\ufffd'],
    'tabs stay': ['a\tb', 'a\tb'],
    'characters that turn the reading order around go': ['user\u202egpj.exe', 'usergpj.exe'],
    'a lone surrogate becomes a replacement character': ['x\ud800y', 'x\ufffdy'],
    'other languages stay': ['Ünïcödé 日本語 🚀', 'Ünïcödé 日本語 🚀'],
  }
  for (const [claim, [dirty, clean]] of Object.entries(cases)) {
    test(claim, () => assert.equal(cleanText(dirty), clean))
  }

  test('twice changes nothing, and nothing unsafe is left, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const clean = cleanText(text)
        assert.equal(cleanText(clean), clean)
        assert.ok(clean.isWellFormed())
        assert.doesNotMatch(clean, /[^\P{Cc}\n\t]/u)
      }),
    )
  })

  test('binary is told from text by its share of odd characters', () => {
    assert.equal(
      looksBinary(new TextDecoder().decode(Uint8Array.from({ length: 500 }, (_, i) => (i * 7) % 256))),
      true,
    )
    assert.equal(looksBinary('\u001b[31mcoloured\u001b[0m line\r\n'.repeat(10)), false)
    assert.equal(looksBinary(''), false)
  })
})
