import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { digest } from '#src/domain/digest.ts'
import { FAULT_FAMILY, type Finding, faultOf, fixKey, isFaultReason } from '#src/domain/fault.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { containerPath, containersOf, describeTarget, targetKey, targetOf } from '#src/domain/target.ts'

interface Made {
  readonly image?: string
  readonly command?: string
  readonly replicas?: number
  readonly apiVersion?: string
  readonly annotations?: Record<string, string>
}

function deployment({
  image = 'web:2',
  command = 'run',
  replicas = 1,
  apiVersion = 'apps/v1',
  annotations = {},
}: Made = {}): KubeObject {
  const containers = [
    { name: 'web', image, command: [command] },
    { name: 'log', image: 'log:1' },
  ]
  const initContainers = [
    { name: 'web', image: 'init:1' },
    { name: 'proxy', image: 'proxy:1', restartPolicy: 'Always' },
  ]
  const metadata = { name: 'web', namespace: 'shop', annotations, resourceVersion: String(replicas) }
  const template = { metadata: {}, spec: { containers, initContainers } }
  return { apiVersion, kind: 'Deployment', metadata, spec: { replicas, template } }
}

const finding: Finding = { reason: 'ErrImagePull', role: 'main', container: 'web', message: 'not found' }
const keyOf = (made: Made, about: Partial<Finding> = {}) => {
  const workload = deployment(made)
  return faultOf(workload, targetOf(workload), { ...finding, ...about }).key
}

describe('a fault key', () => {
  it('stays the same while only the reason of one family, the message, scale or annotations change', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('ErrImagePull' as const, 'ImagePullBackOff' as const, 'InvalidImageName' as const),
        fc.string(),
        fc.nat(),
        (reason, message, replicas) => {
          const annotations = { note: message }
          assert.equal(keyOf({ replicas, annotations }, { reason, message }), keyOf({}))
        },
      ),
    )
  })

  it('stays the same when the API version of the kind moves on', () => {
    assert.equal(keyOf({ apiVersion: 'apps/v1beta2' }), keyOf({}))
  })

  it('changes with the field at fault, and not with the fields beside it', () => {
    assert.notEqual(keyOf({ image: 'web:3' }), keyOf({}))
    assert.equal(keyOf({ command: 'other' }), keyOf({}))
  })

  it('of a crash changes with anything in its container', () => {
    const crash = { reason: 'CrashLoopBackOff' } as const
    assert.notEqual(keyOf({ command: 'other' }, crash), keyOf({}, crash))
    assert.equal(keyOf({}, { reason: 'RunContainerError' }), keyOf({}, crash))
  })

  it('tells containers, their lists, families and workloads apart', () => {
    const other = { ...deployment(), metadata: { name: 'web', namespace: 'pay' } }
    const keys = [
      keyOf({}),
      keyOf({}, { container: 'log' }),
      keyOf({}, { role: 'init' }),
      keyOf({}, { reason: 'CreateContainerConfigError' }),
      keyOf({}, { reason: 'CrashLoopBackOff' }),
      faultOf(other, targetOf(other), finding).key,
    ]
    assert.equal(new Set(keys).size, keys.length)
  })

  it('exists for a workload of a kind that cannot be repaired', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'shop' } }
    const fault = faultOf(pod, targetOf(pod), finding)
    assert.equal(fault.field, '')
    assert.match(fault.key, /^[0-9a-f]{32}$/)
  })

  it('knows exactly the reasons of its table', () => {
    for (const reason of Object.keys(FAULT_FAMILY)) assert.ok(isFaultReason(reason))
    for (const reason of ['ContainerCreating', 'constructor', '']) assert.ok(!isFaultReason(reason))
  })
})

describe('a fix key', () => {
  it('is one per repository, file, workload and field, whichever cluster asks', () => {
    const one = fixKey('infra', ['apps/web.yaml#spec.x'], 'web')
    assert.equal(fixKey('infra', ['apps/web.yaml#spec.x'], 'web'), one)
    const others = [
      fixKey('other', ['apps/web.yaml#spec.x'], 'web'),
      fixKey('infra', ['apps/api.yaml#spec.x'], 'web'),
      fixKey('infra', ['apps/web.yaml#spec.y'], 'web'),
      fixKey('infra', ['apps/web.yaml#spec.x'], 'api'),
    ]
    assert.equal(new Set([one, ...others]).size, 5)
  })
})

describe('a digest', () => {
  it('tells lists of parts apart, however they are cut', () => {
    const parts = fc.array(fc.string({ maxLength: 4 }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        assert.equal(digest(...a) === digest(...b), JSON.stringify(a) === JSON.stringify(b))
      }),
    )
    assert.notEqual(digest('ab', 'c'), digest('a', 'bc'))
    assert.notEqual(digest('1:a'), digest('a', ''))
  })
})

describe('a target', () => {
  it('is described and told apart by kind, namespace and name', () => {
    const target = targetOf(deployment())
    assert.equal(describeTarget(target), 'Deployment shop/web')
    assert.equal(targetKey(target), 'apps/Deployment/shop/web')
  })

  it('lists its containers with their roles', () => {
    assert.deepEqual(
      containersOf(deployment()).map(({ role, container }) => `${role} ${container['name']}`),
      ['init web', 'sidecar proxy', 'main web', 'main log'],
    )
    assert.deepEqual(containersOf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }), [])
  })

  it('knows where a CronJob keeps its containers', () => {
    assert.equal(containerPath('CronJob', 'sidecar', 'x').length, 7)
  })
})
