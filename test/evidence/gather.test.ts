import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OperatorError } from '#src/domain/errors.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { faultOf } from '#src/domain/fault.ts'
import { isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { targetOf } from '#src/domain/target.ts'
import { EVIDENCE_LIMIT, jsonBytes } from '#src/evidence/bound.ts'
import { type GatherPorts, gatherEvidence } from '#src/evidence/gather.ts'
import { createRedactor } from '#src/evidence/redact.ts'
import { ago, ended, NOW, rawPod, running, waiting } from '../detect/raw-pods.ts'

const redactor = createRedactor({ known: () => ['canary-0123456789'] })

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', uid: 'd', generation: 3 },
  spec: {
    replicas: 2,
    template: {
      spec: {
        initContainers: [{ name: 'migrate', image: 'registry.example/migrate:1' }],
        containers: [
          {
            name: 'web',
            image: 'registry.example/web:1.4.2',
            command: ['serve'],
            terminationMessagePath: '/dev/termination-log',
            env: [
              { name: 'DB_PASSWORD', value: 'hunter2hunter2' },
              { name: 'MODE', value: 'production' },
              { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'api', key: 'token' } } },
            ],
          },
        ],
        volumes: [{ name: 'tls', secret: { secretName: 'web-tls' } }],
      },
    },
  },
  status: { observedGeneration: 3 },
}

function replicaSet(revision: number, image: string, available: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `web-${revision}`,
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      creationTimestamp: ago(1000 - revision),
    },
    spec: { template: { spec: { containers: [{ name: 'web', image }] } } },
    status: { replicas: 2, availableReplicas: available },
  }
}

const event = (message: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', creationTimestamp: ago(50) },
  involvedObject: { kind: 'Pod', name: 'web-1' },
  type: 'Warning',
  reason: 'BackOff',
  message,
  count: 7,
  lastTimestamp: ago(9),
})

const crashing = (name: string, created: string) =>
  rawPod({
    name,
    uid: name,
    created,
    phase: 'Running',
    containers: [
      waiting('web', 'CrashLoopBackOff', 'back-off', {
        restartCount: 4,
        lastState: { terminated: ended(1, 20) },
      }),
    ],
  })

const snapshot: WorkloadSnapshot = {
  workload: deployment,
  pods: [
    rawPod({ name: 'fine', uid: 'fine', phase: 'Running', containers: [running('web')] }),
    crashing('older', ago(500)),
    crashing('newer', ago(100)),
  ],
  replicaSets: [
    replicaSet(3, 'registry.example/web:1.4.2', 0),
    replicaSet(2, 'registry.example/web:1.4.1', 2),
  ],
}

const fault = faultOf(deployment, targetOf(deployment), {
  reason: 'CrashLoopBackOff',
  role: 'main',
  container: 'web',
  message: 'The container keeps ending.',
})

type LogPort = GatherPorts['api']['log']

const happened = [event('Back-off restarting failed container, password=hunter2hunter2')]

function gather(
  log: LogPort,
  of: WorkloadSnapshot = snapshot,
  events: readonly KubeObject[] = happened,
): Promise<JsonObject> {
  return gatherEvidence({ api: { log, list: async () => events }, redactor }, of, fault, NOW)
}

const text = (current: string, previous: string): LogPort => {
  return async (_, options) => (options.previous === true ? previous : current)
}

function part(evidence: JsonObject, name: string): JsonObject {
  const value = evidence[name]
  return isObject(value) ? value : {}
}

describe('gathered evidence', () => {
  test('shows the newest failing pod, its logs, the workload, revisions and events', async () => {
    const evidence = await gather(text('starting\nexit', 'old run'))
    assert.equal(part(evidence, 'pod')['name'], 'newer')
    assert.deepEqual(evidence['logs'], {
      pod: 'newer',
      container: 'web',
      current: 'starting\nexit',
      previous: 'old run',
    })
    assert.deepEqual(evidence['failingPods'], { count: 2, names: ['newer', 'older'] })
    assert.deepEqual(
      (evidence['revisions'] as readonly JsonObject[]).map(({ revision, available, current, images }) => ({
        revision,
        available,
        current,
        images,
      })),
      [
        { revision: '3', available: 0, current: true, images: { web: 'registry.example/web:1.4.2' } },
        { revision: '2', available: 2, current: false, images: { web: 'registry.example/web:1.4.1' } },
      ],
    )
    const [first] = evidence['events'] as readonly JsonObject[]
    assert.deepEqual(first, {
      object: 'Pod web-1',
      type: 'Warning',
      reason: 'BackOff',
      message: 'Back-off restarting failed container, password=[redacted]',
      count: 7,
      lastTime: ago(9),
    })
    assert.equal(part(part(evidence, 'workload'), 'container')['image'], 'registry.example/web:1.4.2')
  })

  test('holds exit codes of the last run', async () => {
    const evidence = await gather(text('', ''))
    assert.match(
      JSON.stringify(evidence['pod']),
      /"lastState":\{"terminated":\{"exitCode":1,"reason":"Error"/,
    )
  })

  test('holds references to Secrets and no secret value', async () => {
    const evidence = await gather(
      text('token=abcdef0123 canary-0123456789', 'Authorization: Bearer zzzzyyyyxxxx1'),
    )
    const whole = JSON.stringify(evidence)
    for (const secret of ['hunter2', 'abcdef0123', 'canary', 'zzzzyyyy'])
      assert.ok(!whole.includes(secret), secret)
    for (const kept of ['production', 'secretKeyRef', 'web-tls']) assert.ok(whole.includes(kept), kept)
  })

  test('does without logs that are missing, empty, binary or out of reach', async () => {
    const logs = async (log: LogPort) => part(await gather(log), 'logs')['notes']
    assert.deepEqual(await logs(async () => undefined), [
      'current log: there is none',
      'previous log: there is none',
    ])
    assert.deepEqual(await logs(text('\n', 'x')), ['current log: empty'])
    assert.deepEqual(await logs(text('\ufffd\u0000\u0001ELF'.repeat(125), 'x')), [
      'current log: not text, 1,000 bytes left out',
    ])
    const forbidden: LogPort = async () => {
      throw new OperatorError('ApiForbidden', 'pods/log is forbidden')
    }
    assert.deepEqual(await logs(forbidden), [
      'current log: could not be read (ApiForbidden)',
      'previous log: could not be read (ApiForbidden)',
    ])
  })

  test('does without any pod', async () => {
    const evidence = await gather(text('x', 'y'), { ...snapshot, pods: [] })
    assert.deepEqual(evidence['logs'], { notes: ['no pod exists'] })
    assert.equal(evidence['pod'], undefined)
  })

  test('stays below its limit with everything enormous, and every part is still there', async () => {
    const big = (length: number) => 'lorem ipsum '.repeat(length / 12)
    const many = Array.from({ length: 500 }, (_, i) => ({ name: `VAR_${i}`, value: big(600) }))
    const template = { spec: { containers: [{ name: 'web', image: 'i', env: many }] } }
    const workload = { ...deployment, spec: { replicas: 1, template } }
    const huge: WorkloadSnapshot = {
      workload,
      pods: Array.from({ length: 300 }, (_, i) => crashing(`web-${i}-${'n'.repeat(200)}`, ago(i))),
      replicaSets: Array.from({ length: 50 }, (_, i) =>
        replicaSet(50 - i, `registry.example/${'r'.repeat(200)}:${i}`, 0),
      ),
    }
    const events = Array.from({ length: 500 }, () => event(big(3000)))
    const evidence = await gather(text(big(5_000_000), Array(500).fill(big(1200)).join('\n')), huge, events)
    assert.ok(jsonBytes(evidence) <= EVIDENCE_LIMIT, `${jsonBytes(evidence)}`)
    const parts = ['fault', 'pod', 'workload', 'events', 'logs', 'revisions', 'failingPods']
    for (const name of parts) assert.ok(typeof evidence[name] === 'object', name)
    assert.equal(part(evidence, 'failingPods')['count'], 300)
    const left = (value: Json | undefined) => JSON.stringify(value).includes('bytes left out')
    for (const name of ['workload', 'events', 'logs']) assert.ok(left(evidence[name]), name)
  })

  test('keeps no half of a token where a long line is cut', async () => {
    const token = `ghp_${'aB3dE6gH9jK2mN5pQ8sT1vW4xY7zC0fLaB3d'}`
    const line = (before: number) => `eyJhbGciOiJIUzI1NiJ9.${'p'.repeat(before)} ${token}`
    for (const before of [4000, 4010, 4020, 4030, 4040, 4050]) {
      const evidence = await gather(text(line(before), 'x'))
      assert.ok(!JSON.stringify(evidence['logs']).includes('ghp_'), `${before}`)
    }
  })

  test('is only a note where the scanner fails', async () => {
    const failing = createRedactor({
      known: () => [],
      scan: async () => {
        throw new Error('broken')
      },
    })
    const api = { log: text('log line', 'previous line'), list: async () => happened }
    const ports = { api, redactor: failing }
    const whole = JSON.stringify(await gatherEvidence(ports, snapshot, fault, NOW))
    for (const word of ['log line', 'production', 'registry.example']) assert.ok(!whole.includes(word), word)
  })
})
