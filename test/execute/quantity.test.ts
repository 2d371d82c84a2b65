import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSameValue, sameQuantity } from '#src/execute/quantity.ts'

test('one amount is the same in every spelling', () => {
  for (const [a, b] of [
    ['1024Mi', '1Gi'],
    ['0.5', '500m'],
    [1, '1'],
    [0.1, '100m'],
    ['1e3', '1k'],
    ['.5Gi', '512Mi'],
  ] as const) {
    assert.ok(sameQuantity(a, b), `${a} ${b}`)
  }
})

test('different amounts and things that are no quantities are not', () => {
  for (const [a, b] of [
    ['128Mi', '128M'],
    ['1', '1m'],
    ['web:1', 'web:1'],
    ['', '0'],
    [true, '1'],
    [undefined, undefined],
    ['Infinity', 'Infinity'],
  ] as const) {
    assert.ok(!sameQuantity(a, b), `${a} ${b}`)
  }
})

test('only where the API holds quantities does the spelling not matter', () => {
  const limit = [{ member: 'resources' }, { member: 'limits' }, { member: 'memory' }]
  const value = [{ member: 'env' }, { keys: { name: 'SIZE' } }, { member: 'value' }]
  assert.ok(isSameValue(limit, '1024Mi', '1Gi'))
  assert.ok(!isSameValue(value, '1024Mi', '1Gi'))
})
