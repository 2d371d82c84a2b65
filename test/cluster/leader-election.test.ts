import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeApi } from '#src/cluster/kube-api.ts'
import { LeaderElection, type LeaderElectionOptions } from '#src/cluster/leader-election.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { asJson, member } from '#src/domain/kube-object.ts'
import { fenced } from '#src/runtime/fence.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { recordingLog } from '../forge/recording-log.ts'
import { testCluster } from './test-cluster.ts'

const cluster = await testCluster('lease')
const { api } = cluster

function electionFor(name: string, identity: string, more: Partial<LeaderElectionOptions> = {}) {
  return new LeaderElection({
    api,
    clock: systemClock,
    random: Math.random,
    log: recordingLog().log,
    namespace: cluster.namespace,
    name,
    identity,
    leaseMs: 2_000,
    renewDeadlineMs: 1_200,
    retryMs: 100,
    ...more,
  })
}

/** Runs it, and resolves once it leads. */
function started(election: LeaderElection) {
  const stop = new AbortController()
  const leading = Promise.withResolvers<void>()
  const ended = election.run(stop.signal, leading.resolve)
  return { leading: leading.promise, ended, stop: () => stop.abort() }
}

async function lease(name: string) {
  const found = await api.get({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    namespace: cluster.namespace,
    name,
  })
  return found && (asJson(found)['spec'] as Record<string, unknown>)
}

test('one of two leads; when it resigns, the other leads without waiting for the lease to end', async () => {
  const [one, two] = [
    electionFor('handed-over', 'one'),
    electionFor('handed-over', 'two', { leaseMs: 600_000 }),
  ]
  const first = started(one)
  await first.leading
  assert.equal((await lease('handed-over'))?.['holderIdentity'], 'one')
  const second = started(two)
  assert.throws(() => two.check(), { code: 'LeaseLost', object: `Lease ${cluster.namespace}/handed-over` })
  one.check()
  first.stop()
  assert.equal(await first.ended, 'stopped')
  await second.leading
  assert.equal(one.leading, false)
  const record = await lease('handed-over')
  assert.deepEqual([record?.['holderIdentity'], record?.['leaseTransitions']], ['two', 1])
  second.stop()
  await second.ended
})

test('who cannot renew stops writing before another may lead, and ends as lost', async () => {
  let isCut = false
  const cut = fenced(api, {
    check() {
      if (isCut) throw new OperatorError('ApiUnreachable', 'cut off by the test')
    },
  })
  const one = electionFor('cut-off', 'one', { api: cut })
  const two = electionFor('cut-off', 'two')
  const first = started(one)
  await first.leading
  const second = started(two)
  isCut = true
  const order: string[] = []
  const lost = first.ended.then((how) => order.push(how))
  const taken = second.leading.then(() => order.push(one.leading ? 'two leaders' : 'the other leads'))
  await Promise.all([lost, taken])
  assert.deepEqual(order, ['lost', 'the other leads'])
  assert.throws(() => one.check(), { code: 'LeaseLost' })
  second.stop()
  await second.ended
})

test('a request that hangs does not keep a leader in office', async () => {
  let hangs = false
  const hanging: Pick<KubeApi, 'get' | 'create' | 'replace'> = {
    get: (ref) => api.get(ref),
    create: (object) => api.create(object),
    replace: (object) => (hangs ? new Promise(() => undefined) : api.replace(object)),
  }
  const one = electionFor('hanging', 'one', { api: hanging })
  const first = started(one)
  await first.leading
  hangs = true
  assert.equal(await first.ended, 'lost')
  assert.equal(one.leading, false)
})

test("another's lease is judged by when it was seen to change, not by the times in it", async () => {
  await api.create({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: cluster.namespace, name: 'old-times' },
    ...{
      spec: {
        holderIdentity: 'somebody',
        leaseDurationSeconds: 1,
        renewTime: '1999-01-01T00:00:00.000000Z',
        leaseTransitions: 7,
      },
    },
  })
  const election = electionFor('old-times', 'one')
  const began = systemClock.monotonic()
  const run = started(election)
  await run.leading
  assert.ok(systemClock.monotonic() - began >= 1_000, 'taken before a second had been seen to pass')
  assert.equal((await lease('old-times'))?.['leaseTransitions'], 8)
  run.stop()
  await run.ended
  assert.equal(member((await lease('old-times')) as never, 'holderIdentity'), '')
})

test('a fenced port lets reads through and no write', async () => {
  const port = fenced({ read: () => 'read', write: () => 'written' }, electionFor('never', 'nobody'), [
    'write',
  ])
  assert.equal(port.read(), 'read')
  assert.throws(() => port.write(), { code: 'LeaseLost' })
})
