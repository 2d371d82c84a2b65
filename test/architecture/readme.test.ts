import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { phaseDiagram, phaseTable } from '#src/domain/phase-drawing.ts'
import { folders } from './rooms.ts'

describe('src/README.md', async () => {
  const text = await readFile(new URL('../../src/README.md', import.meta.url), 'utf8')

  it('names every room', () => {
    const unnamed = folders().filter((room) => !text.includes(`${room}/`))
    assert.deepEqual(unnamed, [])
  })

  it('draws the state machine as its table is', () => {
    const drawn = text.includes(phaseDiagram()) || text.includes(phaseTable())
    const how =
      'print it with: node test/domain/print-phase-drawing.ts [text], and put it into a code block of src/README.md'
    assert.ok(drawn, how)
  })
})
