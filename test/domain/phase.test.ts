import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exits, isFinal, mayFollow, PHASES, type Phase } from '#src/domain/phase.ts'

/** Every phase that can come after, through any number of transitions. */
function reachable(from: Phase, without?: Phase): ReadonlySet<Phase> {
  const seen = new Set<Phase>()
  const walk = (phase: Phase) => {
    for (const next of exits[phase]) {
      if (next === without || seen.has(next)) continue
      seen.add(next)
      walk(next)
    }
  }
  walk(from)
  return seen
}

describe('the state machine', () => {
  it('reaches every phase from Diagnosing', () => {
    assert.deepEqual(
      [...reachable('Diagnosing'), 'Diagnosing'].toSorted(),
      [...PHASES, 'Diagnosing'].toSorted(),
    )
  })

  it('ends in Rejected, Resolved, Reverted and Failed, and nowhere else', () => {
    assert.deepEqual(PHASES.filter(isFinal), ['Rejected', 'Resolved', 'Reverted', 'Failed'])
  })

  it('can fail from every phase that is not an end', () => {
    for (const phase of PHASES.filter((phase) => !isFinal(phase)))
      assert.ok(mayFollow(phase, 'Failed'), phase)
  })

  it('applies nothing that was not approved, and approves nothing that was not reviewed', () => {
    assert.ok(!reachable('Diagnosing', 'Approved').has('Applied'))
    assert.ok(!reachable('Diagnosing', 'ReadyForReview').has('Approved'))
    assert.ok(!reachable('Diagnosing', 'Proposed').has('ReadyForReview'))
  })

  it('never leaves what was approved or applied for another attempt', () => {
    for (const phase of ['Approved', 'Applied'] as const) {
      for (const early of ['Diagnosing', 'Proposed', 'ReadyForReview'] as const) {
        assert.ok(!reachable(phase).has(early), `${phase} leads back to ${early}`)
      }
    }
  })

  it('lets every phase stay as it is', () => {
    for (const phase of PHASES) assert.ok(mayFollow(phase, phase))
  })

  it('allows exactly what its table says', () => {
    const allowed = PHASES.flatMap((from) =>
      PHASES.filter((to) => from !== to && mayFollow(from, to)).map((to) => `${from} ${to}`),
    )
    assert.deepEqual(
      allowed.toSorted(),
      PHASES.flatMap((from) => exits[from].map((to) => `${from} ${to}`)).toSorted(),
    )
  })
})
