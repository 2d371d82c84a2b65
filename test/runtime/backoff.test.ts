import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoffDelay } from '#src/runtime/backoff.ts'

const backoff = { baseMs: 100, maxMs: 5_000, jitter: 0.5 }

test('a delay is never above the cap nor below the share that the jitter leaves', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, chance) => {
        const full = Math.min(100 * 2 ** (failures - 1), 5_000)
        const delay = backoffDelay(backoff, failures, () => chance)
        assert.ok(delay <= full && delay >= full / 2)
      },
    ),
  )
})
