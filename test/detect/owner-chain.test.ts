import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OwnerCache, type OwnerLookup, resolveOwner } from '#src/detect/owner-chain.ts'
import type { KubeObject, OwnerReference } from '#src/domain/kube-object.ts'

function owner(kind: string, name: string, uid = `uid-${name}`): OwnerReference {
  const group = ['Job', 'CronJob'].includes(kind) ? 'batch/v1' : 'apps/v1'
  return { apiVersion: kind === 'Node' ? 'v1' : group, kind, name, uid, controller: true }
}

function object(kind: string, name: string, by?: OwnerReference, uid = `uid-${name}`): KubeObject {
  const { apiVersion } = owner(kind, name)
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: 'shop', uid, ...(by && { ownerReferences: [by] }) },
    spec: { large: 'x'.repeat(1000) },
  }
}

function cluster(...objects: readonly KubeObject[]): OwnerLookup {
  return async ({ kind, name }) =>
    objects.find((candidate) => candidate.kind === kind && candidate.metadata.name === name)
}

const target = (kind: string, name: string, apiVersion = 'apps/v1') => ({
  kind: 'workload',
  target: { apiVersion, kind, namespace: 'shop', name },
  uid: `uid-${name}`,
})
const unsupported = (kind: string, name: string, apiVersion = owner(kind, name).apiVersion) => ({
  kind: 'unsupported',
  owner: { apiVersion, kind, name },
})
const foreign: OwnerReference = { ...owner('Kafka', 'events'), apiVersion: 'kafka.example/v1' }

const cases: Readonly<Record<string, readonly [OwnerReference | undefined, OwnerLookup, object]>> = {
  'a ReplicaSet leads to its Deployment': [
    owner('ReplicaSet', 'web-1'),
    cluster(object('ReplicaSet', 'web-1', owner('Deployment', 'web')), object('Deployment', 'web')),
    target('Deployment', 'web'),
  ],
  'a StatefulSet is the workload': [
    owner('StatefulSet', 'db'),
    cluster(object('StatefulSet', 'db')),
    target('StatefulSet', 'db'),
  ],
  'a DaemonSet is the workload': [
    owner('DaemonSet', 'agent'),
    cluster(object('DaemonSet', 'agent')),
    target('DaemonSet', 'agent'),
  ],
  'a Job leads to its CronJob': [
    owner('Job', 'report-28'),
    cluster(object('Job', 'report-28', owner('CronJob', 'report')), object('CronJob', 'report')),
    target('CronJob', 'report', 'batch/v1'),
  ],
  'a Job of its own is not repaired': [
    owner('Job', 'once'),
    cluster(object('Job', 'once')),
    unsupported('Job', 'once'),
  ],
  'a ReplicaSet of its own is not repaired': [
    owner('ReplicaSet', 'alone'),
    cluster(object('ReplicaSet', 'alone')),
    unsupported('ReplicaSet', 'alone'),
  ],
  'a static pod belongs to its node': [owner('Node', 'node-1'), cluster(), unsupported('Node', 'node-1')],
  'a pod that nothing controls has no workload': [undefined, cluster(), { kind: 'none' }],
  'an unknown kind ends the chain without a look-up': [
    foreign,
    cluster(),
    unsupported('Kafka', 'events', 'kafka.example/v1'),
  ],
  'a StatefulSet that another controller owns is not ours to change': [
    owner('StatefulSet', 'db'),
    cluster(object('StatefulSet', 'db', foreign)),
    unsupported('Kafka', 'events', 'kafka.example/v1'),
  ],
  "somebody else's kind named Deployment is not a Deployment": [
    { ...owner('Deployment', 'web'), apiVersion: 'example.org/v1' },
    cluster(object('Deployment', 'web')),
    unsupported('Deployment', 'web', 'example.org/v1'),
  ],
  'a deleted owner is gone': [
    owner('ReplicaSet', 'web-1'),
    cluster(),
    { kind: 'gone', owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1' } },
  ],
  'a re-created owner of the same name is another object': [
    owner('ReplicaSet', 'web-1'),
    cluster(
      object('ReplicaSet', 'web-1', owner('Deployment', 'web')),
      object('Deployment', 'web', undefined, 'uid-of-the-new-one'),
    ),
    { kind: 'gone', owner: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  ],
  'an owner reference without controller: true is not followed': [
    owner('StatefulSet', 'db'),
    cluster(object('StatefulSet', 'db', { ...foreign, controller: false })),
    target('StatefulSet', 'db'),
  ],
  'a chain that runs in a circle ends': [
    owner('ReplicaSet', 'a'),
    cluster(
      object('ReplicaSet', 'a', owner('Deployment', 'b')),
      object('Deployment', 'b', owner('ReplicaSet', 'a')),
    ),
    unsupported('ReplicaSet', 'a'),
  ],
}

describe('the owner chain', () => {
  for (const [claim, [controller, lookup, expected]] of Object.entries(cases)) {
    test(claim, async () => assert.deepEqual(await resolveOwner('shop', controller, lookup), expected))
  }
})

describe('the owner cache', () => {
  const ref = { ...owner('Deployment', 'web'), namespace: 'shop' }
  function counted(answer: () => Promise<KubeObject | undefined>) {
    const asked: string[] = []
    const clock = { time: 0, monotonic: () => clock.time }
    const lookup: OwnerLookup = ({ name, uid }) => {
      asked.push(`${name} ${uid}`)
      return answer()
    }
    return { asked, clock, cache: new OwnerCache(lookup, { clock, ttlMs: 1000, maxEntries: 2 }) }
  }

  test('asks once within its time, even when two ask at once, and again after it', async () => {
    const { asked, clock, cache } = counted(async () => object('Deployment', 'web'))
    await Promise.all([cache.lookup(ref), cache.lookup(ref)])
    assert.equal(asked.length, 1)
    clock.time = 1000
    await cache.lookup(ref)
    assert.equal(asked.length, 2)
  })

  test('a re-created owner is read afresh', async () => {
    const { asked, cache } = counted(async () => object('Deployment', 'web'))
    await cache.lookup(ref)
    await cache.lookup({ ...ref, uid: 'new' })
    assert.deepEqual(asked, ['web uid-web', 'web new'])
  })

  test('keeps at most its number of entries, and of each only identity and owners', async () => {
    const { cache } = counted(async () => object('Deployment', 'web'))
    for (const uid of ['1', '2', '3']) {
      assert.equal((await cache.lookup({ ...ref, uid }))?.['spec'], undefined)
    }
    assert.equal(cache.size, 2)
  })

  test('a failed look-up is tried again', async () => {
    let fails = true
    const { cache } = counted(async () => {
      if (fails) throw new Error('away')
      return object('Deployment', 'web')
    })
    await assert.rejects(cache.lookup(ref), /away/)
    fails = false
    assert.equal((await cache.lookup(ref))?.metadata.name, 'web')
  })
})
