import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { findingsOf } from '#src/detect/checks.ts'
import { FaultBoard } from '#src/detect/fault-board.ts'
import { assess, type FaultPlace } from '#src/detect/health.ts'
import { resolveOwner } from '#src/detect/owner-chain.ts'
import { projectPod } from '#src/detect/project-pod.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { faultOf } from '#src/domain/fault.ts'
import { isObject, type JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { readEvents } from '#src/evidence/events.ts'
import { gatherEvidence } from '#src/evidence/gather.ts'
import { createRedactor } from '#src/evidence/redact.ts'
import { readSnapshot, selectorOf } from '#src/evidence/snapshot.ts'
import { testCluster } from '../cluster/test-cluster.ts'

const { api, namespace } = await testCluster('snapshot')
const redactor = createRedactor({ known: () => [] })
const IMAGE: FaultPlace = { family: 'image', container: 'web', role: 'main' }
const RUN: FaultPlace = { family: 'run', container: 'web', role: 'main' }

function target(kind: string, name: string): TargetRef {
  return { apiVersion: kind === 'CronJob' ? 'batch/v1' : 'apps/v1', kind, namespace, name }
}

function workload(kind: string, name: string, image: string, container: JsonObject = {}): KubeObject {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      replicas: kind === 'DaemonSet' ? undefined : 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'web', image, ...container }] },
      },
    },
  }
}

/** Reads until the world is as wanted; what it was last is the failure's message. */
async function snapshotWhere(
  of: TargetRef,
  wanted: (snapshot: WorkloadSnapshot) => boolean,
): Promise<WorkloadSnapshot> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const snapshot = await readSnapshot(api, of)
    if (snapshot !== undefined && wanted(snapshot)) return snapshot
    if (performance.now() > deadline) {
      assert.fail(JSON.stringify(snapshot?.pods.map(({ status }) => status)))
    }
    await delay(200)
  }
}

const shows = (reason: RegExp) => (snapshot: WorkloadSnapshot) =>
  snapshot.pods.some((pod) =>
    findingsOf(projectPod(pod), Date.now(), { stableForMs: 0 }).some((finding) =>
      reason.test(finding.reason),
    ),
  )

const images = ({ pods }: WorkloadSnapshot) =>
  new Set(pods.flatMap(({ spec }) => JSON.stringify(spec).match(/registry\.example\/web:[a-z0-9.-]+/g) ?? []))

const setImage = (name: string, image: string) =>
  api.mergePatch(target('Deployment', name), {
    spec: { template: { spec: { containers: [{ name: 'web', image }] } } },
  })

describe('the snapshot of a workload on a real API server', () => {
  test('a Deployment: its own pods and ReplicaSets, newest revision first, and events about them only', async () => {
    await api.create(workload('Deployment', 'web', 'registry.example/web:1.4.1'))
    await snapshotWhere(
      target('Deployment', 'web'),
      (now) => assess(now, IMAGE, Date.now(), { settleMs: 0 }).state === 'healthy',
    )
    // Same labels, other owners: a pod of nobody's.
    await api.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'stranger', namespace, labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.example/web:missing' }] },
    })
    await setImage('web', 'registry.example/web:1.4.2-missing')
    const snapshot = await snapshotWhere(target('Deployment', 'web'), shows(/ImagePull/))
    assert.ok(snapshot.pods.every(({ metadata }) => metadata.name.startsWith('web-')))
    assert.deepEqual(
      snapshot.replicaSets.map(({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision']),
      ['2', '1'],
    )
    const known = new Set(
      [snapshot.workload, ...snapshot.replicaSets, ...snapshot.pods].map(({ metadata }) => metadata.uid),
    )
    const events = await readEvents(api, snapshot)
    assert.ok(events.length > 0)
    for (const { involvedObject } of events) {
      assert.ok(isObject(involvedObject) && known.has(String(involvedObject['uid'])))
    }
  })

  test('a fault is seen, settles, leads to its workload, and is over only when the fix has rolled out', async () => {
    const of = target('Deployment', 'repaired')
    await api.create(workload('Deployment', 'repaired', 'registry.example/web:1.0-missing'))
    const broken = await snapshotWhere(of, shows(/ImagePull/))
    const board = new FaultBoard({ settleMs: 0, stableForMs: 10_000 })
    for (const pod of broken.pods) board.upsert(projectPod(pod), Date.now())
    const [fault, ...others] = board.due(Date.now())
    assert.equal(others.length, 0)
    const owner = await resolveOwner(namespace, fault?.controller, (ref) => api.get(ref))
    assert.deepEqual(owner.kind === 'workload' && owner.target, of)
    assert.equal(assess(broken, IMAGE, Date.now(), { settleMs: 0 }).state, 'present')
    await setImage('repaired', 'registry.example/web:1.0')
    const healed = await snapshotWhere(
      of,
      (now) => assess(now, IMAGE, Date.now(), { settleMs: 1000 }).state === 'healthy',
    )
    assert.deepEqual([...images(healed)], ['registry.example/web:1.0'])
  })

  test('a container that gets ready, runs a second and ends, again and again, is never healthy', async () => {
    const of = target('Deployment', 'flapping')
    await api.create(workload('Deployment', 'flapping', 'registry.example/web:1.0-flap'))
    await snapshotWhere(of, (now) => {
      const health = assess(now, RUN, Date.now(), { settleMs: 4000 })
      assert.notEqual(health.state, 'healthy', health.message)
      return now.pods.some((pod) => projectPod(pod).containers.some(({ restartCount }) => restartCount >= 3))
    })
  })

  test('a Deployment scaled to zero is neither healthy nor faulty', async () => {
    const of = target('Deployment', 'idle')
    await api.create(workload('Deployment', 'idle', 'registry.example/web:missing'))
    await api.mergePatch(of, { spec: { replicas: 0 } })
    const snapshot = await snapshotWhere(of, ({ pods }) => pods.length === 0)
    assert.equal(assess(snapshot, IMAGE, Date.now(), { settleMs: 0 }).state, 'recovering')
  })

  for (const kind of ['StatefulSet', 'DaemonSet']) {
    test(`a ${kind}: its pods are its own, and it has no ReplicaSets`, async () => {
      const name = kind.toLowerCase()
      const command = ['/bin/does-not-exist']
      await api.create(workload(kind, name, 'registry.example/web:1.0', { command }))
      const snapshot = await snapshotWhere(target(kind, name), shows(/RunContainerError|CrashLoopBackOff/))
      assert.deepEqual(snapshot.replicaSets, [])
      const [pod] = snapshot.pods
      const owner = await resolveOwner(namespace, pod && projectPod(pod).controller, (ref) => api.get(ref))
      assert.deepEqual(owner.kind === 'workload' && owner.target, target(kind, name))
      assert.equal(assess(snapshot, RUN, Date.now(), { settleMs: 0 }).state, 'present')
    })
  }

  test('a CronJob: the pods of its newest Jobs, through which its faults lead to it', async () => {
    const { spec } = workload('Deployment', 'report', 'registry.example/web:missing')
    const template = isObject(spec) && isObject(spec['template']) ? spec['template'] : {}
    const podSpec = isObject(template['spec']) ? template['spec'] : {}
    const of = target('CronJob', 'report')
    const jobSpec = { template: { spec: { ...podSpec, restartPolicy: 'Never' } } }
    const cronJob = await api.create({
      apiVersion: of.apiVersion,
      kind: of.kind,
      metadata: { name: 'report', namespace },
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: jobSpec } },
    })
    await api.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: 'report-1',
        namespace,
        ownerReferences: [
          {
            apiVersion: of.apiVersion,
            kind: of.kind,
            name: of.name,
            controller: true,
            uid: cronJob.metadata.uid ?? '',
          },
        ],
      },
      spec: jobSpec,
    })
    const snapshot = await snapshotWhere(of, shows(/ImagePull/))
    const [pod] = snapshot.pods
    const owner = await resolveOwner(namespace, pod && projectPod(pod).controller, (ref) => api.get(ref))
    assert.deepEqual(owner.kind === 'workload' && owner.target, of)
    assert.equal(assess(snapshot, IMAGE, Date.now(), { settleMs: 0 }).state, 'present')
  })

  test('a workload that is not there has no snapshot', async () => {
    assert.equal(await readSnapshot(api, target('Deployment', 'absent')), undefined)
  })

  test('match expressions select what they say', async () => {
    const rules = [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'old', operator: 'DoesNotExist' },
      { key: 'tier', operator: 'NotIn', values: ['c'] },
      { key: 'app', operator: 'Exists' },
    ]
    const object = { ...workload('Deployment', 'x', 'y'), spec: { selector: { matchExpressions: rules } } }
    for (const [name, labels] of Object.entries({
      'selected-a': { tier: 'a', app: 'x' },
      'selected-no': { tier: 'a', app: 'x', old: '1' },
    })) {
      await api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels } })
    }
    const found = await api.list('v1', 'ConfigMap', { namespace, labelSelector: selectorOf(object) })
    assert.deepEqual(
      found.map(({ metadata }) => metadata.name),
      ['selected-a'],
    )
    const everything = await api.list('v1', 'ConfigMap', {
      namespace,
      labelSelector: selectorOf({ ...object, spec: {} }),
    })
    assert.deepEqual(everything, [])
  })
})

describe('evidence from a real API server', () => {
  test('holds the end of noisy logs, no binary and no secret of a leaky one', async () => {
    const named = (name: string) => ({ name, image: 'registry.example/web:1.0-crash' })
    const of = target('Deployment', 'talkative')
    const plain = workload('Deployment', 'talkative', 'registry.example/web:1.0')
    const labels = { app: 'talkative' }
    const containers = ['noisy', 'binary', 'leaky', 'plain'].map(named)
    await api.create({
      ...plain,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    })
    const all = (now: WorkloadSnapshot) =>
      now.pods.some((pod) => findingsOf(projectPod(pod), Date.now(), { stableForMs: 60_000 }).length === 4)
    const snapshot = await snapshotWhere(of, all)
    const logsOf = async (container: string) => {
      const fault = faultOf(snapshot.workload, of, {
        reason: 'CrashLoopBackOff',
        role: 'main',
        container,
        message: '',
      })
      const evidence = await gatherEvidence({ api, redactor }, snapshot, fault, Date.now())
      return isObject(evidence['logs']) ? evidence['logs'] : {}
    }
    const noisy = String((await logsOf('noisy'))['current']).split('\n')
    assert.equal(noisy.at(-1), 'GET /healthz 200 request=9999')
    assert.equal(noisy.length, 50)
    assert.match(JSON.stringify(await logsOf('binary')), /not text/)
    const leaky = JSON.stringify(await logsOf('leaky'))
    assert.ok(!leaky.includes('hunter2') && leaky.includes('[redacted]'), leaky)
    assert.match(String((await logsOf('plain'))['previous']), /cannot start/)
  })

  test('does without the log of a container that never started', async () => {
    const of = target('Deployment', 'web')
    const snapshot = await snapshotWhere(of, shows(/ImagePull/))
    const fault = faultOf(snapshot.workload, of, {
      reason: 'ErrImagePull',
      role: 'main',
      container: 'web',
      message: '',
    })
    const evidence = await gatherEvidence({ api, redactor }, snapshot, fault, Date.now())
    assert.ok(isObject(evidence['logs']) && isObject(evidence['pod']))
    assert.match(JSON.stringify(evidence['events']), /Failed to pull|ErrImagePull|Back-off pulling/)
  })
})
