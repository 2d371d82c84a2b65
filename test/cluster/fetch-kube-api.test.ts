import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusReason } from '#src/cluster/api-errors.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { testCluster } from './test-cluster.ts'

const { api, namespace } = await testCluster('kube-api')

function configMap(name: string, data: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
}

function ref(name: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name }
}

function code(expected: string) {
  return (error: unknown) => {
    assert.ok(error instanceof OperatorError, String(error))
    assert.equal(error.code, expected, error.message)
    return true
  }
}

test('an object that is not there is undefined; a kind that is not there is an error with its name', async () => {
  assert.equal(await api.get(ref('absent')), undefined)
  await assert.rejects(api.get({ ...ref('x'), kind: 'Unicorn' }), /ApiNotFound|no kind Unicorn in v1/)
  await assert.rejects(api.get({ ...ref('x'), apiVersion: 'no.such.group/v1' }), code('ApiNotFound'))
})

test('a name that would walk the path or mean the collection is refused before anything is sent', async () => {
  for (const name of ['', '.', '..']) {
    await assert.rejects(api.get(ref(name)), code('ApiRejected'))
    await assert.rejects(api.remove(ref(name)), code('ApiRejected'))
  }
  await assert.rejects(api.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'x' }), code('ApiRejected'))
})

test('unknown fields are kept, times stay text', async () => {
  const made = await api.create(configMap('raw', { a: '1' }))
  assert.equal(typeof made.metadata.creationTimestamp, 'string')
  assert.ok(made.metadata.managedFields?.[0]?.fieldsV1)
  assert.deepEqual(await api.get(ref('raw')), made)
})

test('a second create under the same name is a conflict that says AlreadyExists', async () => {
  await api.create(configMap('twice'))
  await assert.rejects(api.create(configMap('twice')), (error) => {
    code('ApiConflict')(error)
    return statusReason(error) === 'AlreadyExists'
  })
})

test('a JSON Patch that makes no object of the kind is refused without quoting the object', async () => {
  const canary = `canary-${'x'.repeat(200)}`
  await api.create(configMap('quoted', { a: canary }))
  await assert.rejects(
    api.jsonPatch(ref('quoted'), [{ op: 'replace', path: '/metadata', value: 'x' }]),
    (error: unknown) => {
      assert.ok(error instanceof OperatorError)
      assert.match(error.message, /Invalid value/)
      assert.ok(!error.message.includes('canary'), error.message)
      assert.ok(error.cause instanceof Error && !error.cause.message.includes('canary'))
      return true
    },
  )
})

test('a field the schema does not have is refused by create, patch and server-side apply alike', async () => {
  await api.create(configMap('strict'))
  const strange = { ...configMap('strict'), unicorn: true }
  await assert.rejects(
    api.create({ ...strange, metadata: { name: 'strict2', namespace } }),
    code('ApiRejected'),
  )
  await assert.rejects(api.mergePatch(ref('strict'), { unicorn: true }), code('ApiRejected'))
  await assert.rejects(api.apply(asJson(strange), {}), code('ApiRejected'))
})

test('server-side apply writes under our field manager, meets a conflict, and takes the field only by force', async () => {
  const applied = await api.apply(asJson(configMap('ssa', { a: '1' })), {})
  assert.deepEqual(
    applied.metadata.managedFields?.map(({ manager, operation }) => ({ manager, operation })),
    [{ manager: 'aiops-operator', operation: 'Apply' }],
  )
  const other = asJson(configMap('ssa', { a: '2' }))
  await assert.rejects(api.apply(other, { fieldManager: 'rival' }), (error) => {
    code('ApiConflict')(error)
    return /conflict with "aiops-operator"/.test(String(error)) && statusReason(error) === 'Conflict'
  })
  const taken = await api.apply(other, { fieldManager: 'rival', force: true })
  assert.deepEqual(taken['data'], { a: '2' })
})

test('a dry run shows the result and leaves nothing behind', async () => {
  await api.create(configMap('dry', { a: '1' }))
  const shown = await api.apply(asJson(configMap('dry', { b: '2' })), { dryRun: true })
  assert.deepEqual(shown['data'], { a: '1', b: '2' })
  assert.deepEqual((await api.get(ref('dry')))?.['data'], { a: '1' })
  await api.create(configMap('dry-new'), { dryRun: true })
  assert.equal(await api.get(ref('dry-new')), undefined)
})

test('a JSON Patch whose test fails changes nothing', async () => {
  await api.create(configMap('patch', { a: '1' }))
  const patch = (was: string) => [
    { op: 'test', path: '/data/a', value: was },
    { op: 'remove', path: '/data/a' },
  ]
  await assert.rejects(api.jsonPatch(ref('patch'), patch('other')), code('ApiRejected'))
  assert.deepEqual((await api.get(ref('patch')))?.['data'], { a: '1' })
  assert.equal((await api.jsonPatch(ref('patch'), patch('1')))['data'], undefined)
})

test('replace and merge patch with an old resourceVersion are conflicts', async () => {
  const first = await api.create(configMap('versions', { a: '1' }))
  await api.mergePatch(ref('versions'), { data: { a: '2' } })
  await assert.rejects(api.replace({ ...first, data: { a: '3' } }), code('ApiConflict'))
  const stale = { metadata: { resourceVersion: first.metadata.resourceVersion }, data: { a: '4' } }
  await assert.rejects(api.mergePatch(ref('versions'), stale as never), code('ApiConflict'))
  assert.deepEqual((await api.get(ref('versions')))?.['data'], { a: '2' })
})

test('an object is removed, and removing it again is no error', async () => {
  await api.create(configMap('gone'))
  await api.remove(ref('gone'))
  assert.equal(await api.get(ref('gone')), undefined)
  await api.remove(ref('gone'))
})

test('a list of more than one page is whole, each item with its kind, and obeys selectors', async () => {
  const count = 520
  const names = Array.from({ length: count }, (_, i) => `page-${i}`)
  const make = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const object = configMap(name)
      await api.create({ ...object, metadata: { ...object.metadata, labels: { many: 'yes' } } })
    }
  }
  await Promise.all(Array.from({ length: 10 }, make))
  const all = await api.list('v1', 'ConfigMap', { namespace, labelSelector: 'many=yes' })
  assert.equal(new Set(all.map(({ metadata }) => metadata.name)).size, count)
  assert.ok(all.every(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'ConfigMap'))
  const one = await api.list('v1', 'ConfigMap', { namespace, fieldSelector: 'metadata.name=page-7' })
  assert.deepEqual(
    one.map(({ metadata }) => metadata.name),
    ['page-7'],
  )
})

test('a pod that is not there has no log', async () => {
  const log = await api.log(
    { namespace, name: 'absent' },
    { container: 'c', tailLines: 50, limitBytes: 1000 },
  )
  assert.equal(log, undefined)
})

test('a refusal tells the API server’s words and the object, and is bounded', async () => {
  const bad = configMap('Not A Name', {})
  await assert.rejects(api.create(bad), (error) => {
    code('ApiRejected')(error)
    return (
      error instanceof OperatorError && error.message.includes('ConfigMap') && error.message.length < 1500
    )
  })
})
