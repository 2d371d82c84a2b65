import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { splitLines } from '#src/cluster/line-splitter.ts'

async function* chunksOf(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const to = Math.min(cut, bytes.length)
    if (to > from) yield bytes.subarray(from, to)
    from = Math.max(from, to)
  }
  yield bytes.subarray(from)
}

test('lines come out whole however the stream is cut, in the middle of a character too', async () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'))
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(500)), async (lines, cuts) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''))
      assert.deepEqual(await Array.fromAsync(splitLines(chunksOf(bytes, cuts))), lines)
    }),
  )
})
