import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kept, outlived } from '#src/reconcile/retention.ts'
import { aRemediation } from '../domain/a-remediation.ts'
import { STATES } from '../domain/remediation-stages.ts'

const DAY = 86_400_000
const NOW = 100 * DAY

function kept(name: string, state: keyof typeof STATES, daysAgo: number, key = 'k'): Kept {
  const { fault } = aRemediation()
  const remediation = aRemediation({ name, state: STATES[state], fault: { ...fault, key } })
  return { remediation, updated: NOW - daysAgo * DAY }
}

function gone(...all: readonly Kept[]): readonly string[] {
  return outlived(all, NOW, 30 * DAY).map(({ name }) => name)
}

test('what ended well goes when its time is over', () => {
  assert.deepEqual(gone(kept('old', 'recovered', 31), kept('new', 'recovered', 29)), ['old'])
  assert.deepEqual(gone(kept('healed', 'resolved', 31)), ['healed'])
})

test('what has not ended stays, however old', () => {
  assert.deepEqual(gone(kept('waiting', 'waiting', 400), kept('applied', 'applied', 400)), [])
})

test('the latest that was closed or failed stays: it keeps its fault snoozed', () => {
  assert.deepEqual(gone(kept('closed', 'rejected', 400)), [])
  assert.deepEqual(gone(kept('first', 'rejected', 90), kept('second', 'notRecovered', 60)), ['first'])
  assert.deepEqual(gone(kept('a', 'rejected', 90, 'one'), kept('b', 'rejected', 60, 'another')), [])
})

test('it goes as well once the fault came again and ended well', () => {
  assert.deepEqual(gone(kept('closed', 'rejected', 90), kept('repaired', 'recovered', 2)), ['closed'])
})

test('the latest that helped against a shape of fault stays: the same fix is proposed again', () => {
  const helped = (name: string, daysAgo: number, faultShape: string, namespace = 'shop'): Kept => {
    const { plan, ...state } = STATES.recovered
    const remediation = aRemediation({ name, namespace, state: { ...state, plan: { ...plan, faultShape } } })
    return { remediation, updated: NOW - daysAgo * DAY }
  }
  assert.deepEqual(gone(helped('first', 90, 'image'), helped('second', 60, 'image')), ['first'])
  assert.deepEqual(gone(helped('a', 90, 'image'), helped('b', 60, 'memory')), [])
  assert.deepEqual(gone(helped('a', 90, 'image'), helped('b', 60, 'image', 'payments')), [])
})
