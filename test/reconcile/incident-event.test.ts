import assert from 'node:assert/strict'
import { test } from 'node:test'
import { incidentEvent } from '#src/reconcile/incident-event.ts'
import { aRemediation } from '../domain/a-remediation.ts'
import { STATES } from '../domain/remediation-stages.ts'

const at = (state: keyof typeof STATES) => aRemediation({ state: STATES[state] })

test('each step that people wait for is one Event', () => {
  const story = ['diagnosing', 'proposed', 'waiting', 'approved', 'applied', 'recovered'] as const
  const told = story.map((state, i) => {
    const before = story[i - 1]
    const event = incidentEvent(before && at(before), at(state))
    return `${event?.type} ${event?.reason}: ${event?.message}`
  })
  assert.deepEqual(told, [
    'Warning FaultDetected: ErrImagePull: not found',
    'Normal FixProposed: Back to web:1.4.2',
    'Normal PullRequestOpened: Merging https://git.example/shop/infra/pulls/7 repairs it',
    'Normal FixApproved: robin merged https://git.example/shop/infra/pulls/7',
    'Normal FixApplied: Applied as of cccccccccccc',
    'Normal Recovered: The symptom is gone',
  ])
})

test('an end says why, and a failure is a warning', () => {
  assert.deepEqual(incidentEvent(at('applied'), at('notRecovered')), {
    ...{ type: 'Warning', reason: 'Failed', message: 'NotRecovered: still failing' },
  })
  assert.equal(incidentEvent(at('waiting'), at('rejected'))?.type, 'Normal')
})

test('a status that is written again is no Event', () => {
  for (const state of Object.keys(STATES) as (keyof typeof STATES)[]) {
    assert.equal(incidentEvent(at(state), at(state)), undefined, state)
  }
})
