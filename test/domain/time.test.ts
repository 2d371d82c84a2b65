import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { milliseconds, rfc3339 } from '#src/domain/time.ts'

describe('times of the Kubernetes API', () => {
  it('are written in UTC with seconds', () => {
    assert.equal(rfc3339(Date.UTC(2026, 1, 3, 4, 5, 6, 789)), '2026-02-03T04:05:06Z')
  })

  it('are read with and without fractions', () => {
    assert.equal(milliseconds('2026-02-03T04:05:06Z'), Date.UTC(2026, 1, 3, 4, 5, 6))
    assert.equal(milliseconds('2026-02-03T04:05:06.789012Z'), Date.UTC(2026, 1, 3, 4, 5, 6, 789))
  })

  it('are nothing when they are not there', () => {
    for (const text of [undefined, null, '', 'soon', 5]) assert.equal(milliseconds(text), undefined)
  })
})
