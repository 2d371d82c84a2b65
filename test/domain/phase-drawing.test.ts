import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exits, PHASES } from '#src/domain/phase.ts'
import { phaseDiagram, phaseTable } from '#src/domain/phase-drawing.ts'

describe('the drawing of the state machine', () => {
  it('has every transition of the table, and no other', () => {
    const drawn = [...phaseDiagram().matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(
      ([, from, to]) => `${from} ${to}`,
    )
    assert.deepEqual(
      drawn,
      PHASES.flatMap((from) => exits[from].map((to) => `${from} ${to}`)),
    )
  })

  it('shows the start, and recovery as the good end', () => {
    assert.match(phaseDiagram(), /^ {2}\[\*\] --> Diagnosing$/m)
    assert.match(phaseDiagram(), /^ {2}Applied --> \[\*\]: Recovered$/m)
  })

  it('fits a terminal as a table', () => {
    const lines = phaseTable().split('\n')
    assert.equal(lines.length, PHASES.length)
    assert.ok(lines.every((line) => line.length <= 100))
    assert.ok(lines.includes('Failed          (end)'))
  })
})
