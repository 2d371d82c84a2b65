import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RemediationStore } from '#src/cluster/remediation-store.ts'
import { asJson, member } from '#src/domain/kube-object.ts'
import { observeIncidents } from '#src/observe-incidents.ts'
import { sweep } from '#src/retention-sweep.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { testCluster } from './cluster/test-cluster.ts'
import { aRemediation } from './domain/a-remediation.ts'
import { STATES } from './domain/remediation-stages.ts'
import { recordingLog } from './forge/recording-log.ts'

const { api, namespace } = await testCluster('observe')
const store = new RemediationStore(api, systemClock)
const target = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'web' }

test('a change of state is an Event on the Remediation and on its target, as kubectl describe finds them', async () => {
  const live = await api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'web' } })
  const { fault } = aRemediation()
  const created = await store.create({
    name: 'web-auto-fix',
    target,
    fault,
    evidence: {},
    detected: Date.now(),
  })
  const { log, lines } = recordingLog()
  observeIncidents({ api, clock: systemClock, log }).stateChanged(undefined, created)
  for (const uid of [created.uid, live.metadata.uid]) {
    const fieldSelector = `involvedObject.uid=${uid}`
    let events = await api.list('v1', 'Event', { namespace, fieldSelector })
    while (events.length === 0) events = await api.list('v1', 'Event', { namespace, fieldSelector })
    const [event] = events.map(asJson)
    assert.deepEqual(
      ['reason', 'type', 'message'].map((field) => member(event, field)),
      ['FaultDetected', 'Warning', 'ErrImagePull: not found'],
    )
  }
  assert.ok(lines.some((line) => line.includes('phase') && line.includes(created.uid)))
})

test('an API server that refuses Events holds nothing up', async () => {
  const { log, lines } = recordingLog()
  const refusing = { get: api.get.bind(api), create: () => Promise.reject(new Error('refused')) }
  const observer = observeIncidents({ api: refusing, clock: systemClock, log })
  observer.stateChanged(undefined, aRemediation({ state: STATES.diagnosing }))
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(lines.some((line) => line.includes('no Event: refused')))
})

test('a sweep deletes what ended long ago, and leaves the rest', async () => {
  const { fault } = aRemediation()
  const make = (name: string) =>
    store.create({ name, target: { ...target, name }, fault, evidence: {}, detected: Date.now() })
  const healed = await make('healed')
  await store.write(healed, { ...healed, state: STATES.resolved })
  await make('open')
  const { log } = recordingLog()
  const options = { api, log, namespaces: [namespace], keepMs: 1_000 }
  const at = (now: number) => ({ ...options, clock: { ...systemClock, now: () => now } })
  assert.equal(await sweep(at(Date.now())), 0)
  assert.equal(await sweep(at(Date.now() + 60_000)), 1)
  const left = (await store.list(namespace)).map(({ name }) => name)
  assert.ok(left.includes('open') && !left.includes('healed'))
})
