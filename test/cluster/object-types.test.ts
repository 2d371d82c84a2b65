import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ObjectTypes } from '#src/cluster/object-types.ts'
import { parseFieldPath } from '#src/domain/field-path.ts'
import type { Json } from '#src/domain/json.ts'
import { mayHold } from '#src/domain/object-type.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { testCluster } from './test-cluster.ts'

const { transport } = await testCluster('object-types')
const types = new ObjectTypes(transport, systemClock)

/** Fields of the allow-list as a real API server types them. */
const FIELDS: readonly [apiVersion: string, kind: string, field: string, right: Json, wrong: Json][] = [
  ['apps/v1', 'Deployment', 'spec.template.spec.containers[name=web].image', 'a:1', 1],
  ['apps/v1', 'Deployment', 'spec.template.spec.containers[name=web].resources.limits.memory', '64Mi', true],
  [
    'apps/v1',
    'Deployment',
    'spec.template.spec.containers[name=web].readinessProbe.httpGet.port',
    'http',
    [],
  ],
  [
    'apps/v1',
    'Deployment',
    'spec.template.spec.containers[name=web].env',
    [{ name: 'A', value: 'b' }],
    [{ value: 'b' }],
  ],
  ['apps/v1', 'StatefulSet', 'spec.replicas', 2, '2'],
  ['batch/v1', 'CronJob', 'spec.jobTemplate.spec.template.spec.containers[name=web].args', ['x'], 'x'],
  ['v1', 'Service', 'spec.ports[name=http].targetPort', 8080, false],
  ['v1', 'Service', 'spec.selector.app', 'web', 1],
  ['networking.k8s.io/v1', 'Ingress', 'spec.ingressClassName', 'nginx', {}],
  [
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    'spec.scaleTargetRef',
    { kind: 'Deployment', name: 'web' },
    { name: 'web' },
  ],
  ['v1', 'PersistentVolumeClaim', 'spec.resources.requests.storage', '1Gi', null],
]

for (const [apiVersion, kind, field, right, wrong] of FIELDS) {
  test(`a real API server types ${kind} ${field}`, async () => {
    const type = await types.of({ apiVersion, kind })
    assert.ok(type)
    const path = parseFieldPath(field)
    assert.equal(mayHold(type, path, right), true)
    assert.equal(mayHold(type, path, wrong), false)
    assert.equal(mayHold(type, parseFieldPath(`${field.split('.')[0]}.unicorn`), right), false)
  })
}

test('a kind or version that the server has not has no type', async () => {
  assert.equal(await types.of({ apiVersion: 'apps/v1', kind: 'Unicorn' }), undefined)
  assert.equal(await types.of({ apiVersion: 'none.example/v1', kind: 'Unicorn' }), undefined)
})
