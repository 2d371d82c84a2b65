import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { conditionIn } from '#src/domain/condition.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import { CONDITION_TYPES } from '#src/domain/remediation-conditions.ts'
import {
  newRemediation,
  parseRemediation,
  type StatusBefore,
  statusOf,
} from '#src/domain/remediation-wire.ts'
import { aRemediation } from './a-remediation.ts'
import { anyRemediation } from './any-remediation.ts'

const NOW = Date.UTC(2026, 5, 1, 12)

/** As the API server would hold it. */
function onWire(remediation: Remediation, now = NOW, before: StatusBefore = {}): KubeObject {
  const created = newRemediation(remediation)
  const { uid, resourceVersion, name, namespace, approved } = remediation
  const object = {
    ...created,
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp: '2020-01-01T00:00:00Z' },
    spec: { ...(created['spec'] as object), approved },
    status: statusOf(remediation, now, before),
  }
  return JSON.parse(JSON.stringify(object)) as KubeObject
}

function statusIn(object: KubeObject): JsonObject {
  const status = object['status']
  assert.ok(isObject(status))
  return status
}

test('what is written is read back the same, in every state', () => {
  fc.assert(
    fc.property(anyRemediation, (remediation) => {
      assert.deepEqual(parseRemediation(onWire(remediation)), remediation)
    }),
    { numRuns: 500 },
  )
})

test('status.phase is for people: a false one changes nothing', () => {
  fc.assert(
    fc.property(anyRemediation, fc.string(), (remediation, phase) => {
      const object = onWire(remediation)
      const lying = { ...object, status: { ...statusIn(object), phase } }
      assert.deepEqual(parseRemediation(lying).state, remediation.state)
    }),
  )
})

test('a status that a stranger wrote is no crash, and its malformed facts count as absent', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (status) => {
      const remediation = parseRemediation({ ...onWire(aRemediation()), status })
      assert.equal(remediation.name, 'web-auto-fix')
    }),
  )
  const facts = [
    'plan',
    'pullRequest',
    'approval',
    'applied',
    'outcome',
    'timeline',
    'conditions',
    'hold',
    'source',
  ]
  fc.assert(
    fc.property(anyRemediation, fc.subarray(facts), fc.jsonValue(), (remediation, names, garbage) => {
      const object = onWire(remediation)
      const status = { ...statusIn(object), ...Object.fromEntries(names.map((name) => [name, garbage])) }
      assert.ok(parseRemediation({ ...object, status }).state.phase)
    }),
  )
})

test('one malformed fact takes the state back to what the others still prove', () => {
  const applied = fc.sample(
    anyRemediation.filter(({ state }) => state.phase === 'Applied'),
    { numRuns: 1, seed: 1 },
  )[0]
  assert.ok(applied)
  const without = (name: string): string => {
    const object = onWire(applied)
    return parseRemediation({ ...object, status: { ...statusIn(object), [name]: 'garbage' } }).state.phase
  }
  assert.equal(without('applied'), 'Approved')
  assert.equal(without('approval'), 'ReadyForReview')
  assert.equal(without('pullRequest'), 'Proposed')
  assert.equal(without('proposal'), 'Diagnosing')
  assert.equal(without('conditions'), 'Applied')
})

test('what has ended stays ended, even for a reason of another version', () => {
  for (const phase of ['Rejected', 'Resolved', 'Reverted', 'Failed']) {
    const object = { ...onWire(aRemediation()), status: { outcome: { phase, reason: 'FromTheFuture' } } }
    assert.equal(parseRemediation(object).state.phase, phase)
  }
})

test('before its first status an object is Diagnosing, detected when it was created', () => {
  const { status: _, ...object } = onWire(aRemediation())
  const { state, timeline, attempt } = parseRemediation(object as KubeObject)
  assert.deepEqual(state, { phase: 'Diagnosing' })
  assert.deepEqual(timeline, { detected: Date.UTC(2020, 0, 1) })
  assert.equal(attempt, 1)
})

test('a spec that is not ours is RemediationInvalid and names the field', () => {
  const object = onWire(aRemediation())
  for (const [field, spec] of [
    ['spec.fault', { ...(object['spec'] as object), fault: { reason: 'Tuesday' } }],
    ['spec.targetRef', {}],
  ] as const) {
    assert.throws(
      () => parseRemediation({ ...object, spec }),
      (error) =>
        error instanceof OperatorError &&
        error.code === 'RemediationInvalid' &&
        error.message.includes(field),
    )
  }
})

test('every condition is always there, valid as metav1.Condition, and Recovered and Failed never both', () => {
  fc.assert(
    fc.property(anyRemediation, (remediation) => {
      const { conditions } = statusOf(remediation, NOW, { generation: 3 })
      assert.ok(isArray(conditions))
      assert.deepEqual(
        conditions.map((each) => isObject(each) && each['type']),
        [...CONDITION_TYPES],
      )
      for (const each of conditions.filter(isObject)) {
        assert.match(String(each['reason']), /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
        assert.equal(typeof each['message'], 'string')
        assert.equal(each['observedGeneration'], 3)
      }
      const isTrue = (type: 'Recovered' | 'Failed') => conditionIn(conditions, type)?.['status'] === 'True'
      assert.ok(!(isTrue('Recovered') && isTrue('Failed')))
    }),
  )
})

test('a condition keeps its lastTransitionTime while its status stays, whatever its message does', () => {
  fc.assert(
    fc.property(anyRemediation, anyRemediation, (first, second) => {
      const earlier = statusOf(first, NOW)
      const later = statusOf(second, NOW + 60_000, { conditions: earlier['conditions'] as Json })
      for (const type of CONDITION_TYPES) {
        const [before, after] = [
          conditionIn(earlier['conditions'], type),
          conditionIn(later['conditions'], type),
        ]
        const stayed = before?.['status'] === after?.['status']
        const expected = stayed ? '2026-06-01T12:00:00Z' : '2026-06-01T12:01:00Z'
        assert.equal(after?.['lastTransitionTime'], expected)
      }
    }),
  )
})

test('text for people that is too long is cut to what the CRD allows', () => {
  const state = { phase: 'Failed', reason: 'Internal', message: 'x'.repeat(100_000), ended: {} } as const
  const fault = { ...aRemediation().fault, message: 'y'.repeat(10_000) }
  const { outcome, conditions } = statusOf(aRemediation({ state }), NOW)
  assert.ok(isObject(outcome))
  assert.equal(String(outcome['message']).length, 8_192)
  assert.equal(String(conditionIn(conditions, 'Failed')?.['message']).length, 32_768)
  const { spec } = newRemediation(aRemediation({ fault })) as { spec?: { fault?: { message?: string } } }
  assert.equal(spec?.fault?.message?.length, 2_048)
})
