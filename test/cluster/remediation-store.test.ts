import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RemediationStore } from '#src/cluster/remediation-store.ts'
import { conditionIn } from '#src/domain/condition.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { JsonObject } from '#src/domain/json.ts'
import { API_VERSION, HINT_ANNOTATION, type Remediation } from '#src/domain/remediation.ts'
import type { Remediations } from '#src/reconcile/world.ts'
import { aRemediation } from '../domain/a-remediation.ts'
import { anyRemediation } from '../domain/any-remediation.ts'
import { VirtualClock } from '../runtime/virtual-clock.ts'
import { installRemediationCrd } from './install-remediation-crd.ts'
import { testCluster } from './test-cluster.ts'

const cluster = await testCluster('store')
const { api, namespace } = cluster
await installRemediationCrd(cluster)

const clock = new VirtualClock()
const store: Remediations = new RemediationStore(api, clock)
const DETECTED = Date.UTC(2025, 11, 31, 23, 59, 59, 123)

function draft(name: string) {
  const { target, fault, evidence } = aRemediation()
  return { name, target: { ...target, namespace }, fault, evidence, detected: DETECTED }
}

function ref(name: string) {
  return { apiVersion: API_VERSION, kind: 'Remediation', namespace, name }
}

async function statusOf(name: string): Promise<JsonObject> {
  return (await api.get(ref(name)))?.['status'] as JsonObject
}

function code(expected: string) {
  return (error: unknown) => error instanceof OperatorError && error.code === expected
}

test('creating twice gives one object, the second time as it stands there', async () => {
  const first = await store.create(draft('twice'))
  assert.deepEqual(first.state, { phase: 'Diagnosing' })
  assert.equal(first.timeline.detected, DETECTED)
  assert.equal((await statusOf('twice'))['phase'], 'Diagnosing')
  const moved = await store.write(first, { ...first, attempt: 2 })
  assert.deepEqual(await store.create(draft('twice')), moved)
})

test('what is written is read back the same, in every state, by the real API server', async () => {
  const sample = fc.sample(anyRemediation, { numRuns: 40, seed: 7 })
  let n = 0
  for (const wanted of sample) {
    const name = `any-${n++}`
    const created = await store.create(draft(name))
    const { uid, target, fault, evidence, approved } = created
    const next: Remediation = { ...wanted, name, namespace, uid, target, fault, evidence, approved }
    const { resourceVersion } = created
    // As if it were there already: from Diagnosing the table does not lead everywhere.
    const before = { ...created, state: next.state }
    const written = await store.write(before, { ...next, resourceVersion })
    assert.deepEqual(written, { ...next, resourceVersion: written.resourceVersion })
    assert.deepEqual(await store.read(namespace, name), written)
  }
})

test('a write over something newer is a conflict and changes nothing', async () => {
  const first = await store.create(draft('conflict'))
  const second = await store.write(first, { ...first, attempt: 2 })
  await assert.rejects(store.write(first, { ...first, attempt: 3 }), code('ApiConflict'))
  await assert.rejects(store.write({ ...first }, { ...first, attempt: 3 }), code('ApiConflict'))
  await assert.rejects(store.setApproved(first, true), code('ApiConflict'))
  assert.deepEqual(await store.read(namespace, 'conflict'), second)
})

test('a transition that the table does not have is refused, and so is any after the end', async () => {
  const first = await store.create(draft('table'))
  const reverted = { phase: 'Reverted', reason: 'RevertedInGit', message: '', ended: {} } as const
  await assert.rejects(store.write(first, { ...first, state: reverted }), code('Internal'))
  const resolved = { phase: 'Resolved', reason: 'Healed', message: 'well again', ended: {} } as const
  const ended = await store.write(first, { ...first, state: resolved })
  await assert.rejects(store.write(ended, { ...ended, state: { phase: 'Diagnosing' } }), code('Internal'))
  assert.deepEqual((await store.read(namespace, 'table'))?.state, resolved)
})

test('facts of a state that was left are gone from the status', async () => {
  const [proposed] = fc.sample(
    anyRemediation.filter(({ state }) => state.phase === 'Proposed'),
    { numRuns: 1, seed: 3 },
  )
  assert.ok(proposed)
  const first = await store.create(draft('left'))
  const second = await store.write(first, { ...first, state: proposed.state })
  assert.ok((await statusOf('left'))['proposal'])
  await store.write(second, { ...second, state: { phase: 'Diagnosing' } })
  const status = await statusOf('left')
  assert.deepEqual(
    [status['proposal'], status['source'], status['proposedPatch']],
    [undefined, undefined, undefined],
  )
})

test('a condition that stays keeps its time, after a restart of the operator too', async () => {
  const first = await store.create(draft('times'))
  await clock.advance(60_000)
  const problem = { code: 'ApiForbidden', message: 'no' } as const
  const second = await store.write(first, { ...first, problem })
  await clock.advance(60_000)
  const restarted = new RemediationStore(api, clock)
  await restarted.write({ ...second }, { ...second, problem: { ...problem, message: 'still no' } })
  const { conditions } = await statusOf('times')
  const time = (type: 'Diagnosed' | 'Stalled') =>
    Date.parse(String(conditionIn(conditions, type)?.['lastTransitionTime']))
  assert.equal(time('Stalled') - time('Diagnosed'), 60_000)
  assert.equal(conditionIn(conditions, 'Stalled')?.['message'], 'still no')
})

test('approval is mirrored, a hint is left without disturbing anybody, and a hint for nobody is no error', async () => {
  const first = await store.create(draft('approval'))
  const approved = await store.setApproved(first, true)
  assert.equal(approved.approved, true)
  assert.equal((await store.setApproved(approved, true)).resourceVersion, approved.resourceVersion)
  await store.hint(namespace, 'approval', 'delivery-1')
  await store.hint(namespace, 'nobody', 'delivery-1')
  const object = await api.get(ref('approval'))
  assert.equal(object?.metadata.annotations?.[HINT_ANNOTATION], 'delivery-1')
  assert.equal((object?.['spec'] as JsonObject)['approved'], true)
})

test('a list leaves out what is not ours', async () => {
  const own = await store.create(draft('listed'))
  const strange = { targetRef: { apiVersion: 'v1', kind: 'Pod', name: 'x' }, evidence: {}, approved: false }
  const fault = { ...aRemediation().fault, reason: 'Tuesday' }
  const spec = { ...strange, fault }
  await api.create({
    apiVersion: API_VERSION,
    kind: 'Remediation',
    metadata: { name: 'strange', namespace },
    spec,
  })
  const listed = await store.list(namespace)
  assert.ok(listed.some(({ name }) => name === own.name))
  assert.ok(!listed.some(({ name }) => name === 'strange'))
  await assert.rejects(store.read(namespace, 'strange'), code('RemediationInvalid'))
})

test('text of any length can be written: it is cut to what the CRD takes', async () => {
  const long = '𝒳'.repeat(60_000)
  const [proposed] = fc.sample(
    anyRemediation.filter(({ state }) => state.phase === 'Proposed'),
    { numRuns: 1, seed: 3 },
  )
  assert.ok(proposed?.state.phase === 'Proposed')
  const { plan } = proposed.state
  const proposal = { ...plan.proposal, summary: long, rootCause: long, risk: long }
  const wordy = {
    ...plan,
    proposal,
    diff: long,
    verdicts: [{ gate: 'schema', verdict: 'passed', message: long }],
  } as const
  const start = draft('long')
  const first = await store.create({ ...start, fault: { ...start.fault, message: long } })
  const second = await store.write(first, {
    ...first,
    state: { phase: 'Proposed', plan: wordy },
    problem: { code: 'Internal', message: long },
  })
  const outcome = { phase: 'Failed', reason: 'Internal', message: long, ended: { plan: wordy } } as const
  const third = await store.write(second, { ...second, state: outcome })
  assert.equal(third.state.phase, 'Failed')
})
