import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiStatusError } from '#src/cluster/kube-api.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { formatSteps, type Steps } from '#src/execute/field-steps.ts'
import { conflictsOf, fieldsOwnedBy, fieldsV1Of, ownedFields, ownersOf } from '#src/execute/managed-fields.ts'
import { openWorkbench } from './workbench.ts'

const { api, applied, created, apply, kubectl, namespace } = await openWorkbench()

const path = (...members: string[]): Steps => members.map((member) => ({ member }))

test('every kind of step is read, and the list or map itself only where nothing lies below it', () => {
  const tree = {
    'f:metadata': {
      'f:annotations': { '.': {}, 'f:example.com/a.b': {} },
      'f:finalizers': { '.': {}, 'v:"x/y"': {} },
    },
    'f:spec': {
      'f:volumes': { '.': {}, 'k:{"name":"tmp"}': { '.': {}, 'f:emptyDir': {}, 'f:name': {} } },
      'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {} } },
      'f:odd': { 'i:3': {} },
      'f:empty': { '.': {} },
    },
  }
  assert.deepEqual(ownedFields(tree).map(formatSteps), [
    '.metadata.annotations.example.com/a.b',
    '.metadata.finalizers[="x/y"]',
    '.spec.volumes[name="tmp"].emptyDir',
    '.spec.volumes[name="tmp"].name',
    '.spec.ports[containerPort=80,protocol="TCP"]',
    '.spec.odd[3]',
    '.spec.empty',
  ])
})

test('writing fieldsV1 and reading it again gives the same fields, for every manager of a real object', async () => {
  const object = await applied('flux')
  const entries = (await apply(object, 'other', { paused: true })).metadata.managedFields ?? []
  assert.ok(entries.length >= 2)
  for (const { fieldsV1 = {} } of entries) {
    const fields = ownedFields(fieldsV1)
    assert.ok(fields.length > 0)
    assert.deepEqual(ownedFields(fieldsV1Of(fields)), fields)
  }
})

test('owners are told by name, operation and subresource', async () => {
  const object = await applied('engine')
  const { name } = object.metadata
  await kubectl(['scale', `deployment/${name}`, '--replicas=1'])
  const live = (await api.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name })) as KubeObject
  assert.deepEqual(ownersOf(live, path('spec', 'replicas')), [
    { manager: 'kubectl', operation: 'Update', subresource: 'scale' },
  ])
  assert.deepEqual(ownersOf(live, path('spec', 'template', 'metadata', 'labels')), [
    { manager: 'engine', operation: 'Apply', subresource: '' },
  ])
  assert.deepEqual(ownersOf(live, path('spec', 'paused')), [])
  assert.deepEqual(fieldsOwnedBy(live, { manager: 'kubectl', operation: 'Update', subresource: '' }), [])
})

test('a real 409 names every manager with its operation and subresource, and the field', async () => {
  const target = await created('kubectl-client-side-apply')
  const { name } = target.metadata
  await apply(target, 'odd "name" \\ here', {
    template: { spec: { containers: [{ name: 'web', image: 'a:1' }] } },
  })
  await kubectl(['scale', `deployment/${name}`, '--replicas=1'])
  const spec = {
    replicas: 2,
    paused: true,
    template: {
      spec: {
        containers: [
          { name: 'web', image: 'b:1', ports: [{ containerPort: 8080, protocol: 'TCP', name: 'x' }] },
          { name: 'sidecar', image: 'c:1' },
        ],
      },
    },
  }
  const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec }
  const error = await api.apply(body, { fieldManager: 'test' }).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof OperatorError && error.cause instanceof ApiStatusError)
  const order = (a: { field: string }, b: { field: string }) => (a.field < b.field ? -1 : 1)
  assert.deepEqual([...conflictsOf(error.cause.body)].sort(order), [
    { manager: 'kubectl', operation: 'Update', subresource: 'scale', field: '.spec.replicas' },
    {
      manager: 'kubectl-client-side-apply',
      operation: 'Update',
      subresource: '',
      field: '.spec.template.spec.containers[name="sidecar"].image',
    },
    {
      manager: 'odd "name" \\ here',
      operation: 'Apply',
      subresource: '',
      field: '.spec.template.spec.containers[name="web"].image',
    },
  ])
})

test('a stale resourceVersion is no field conflict', () => {
  const status = {
    reason: 'Conflict',
    code: 409,
    message: 'the object has been modified',
    details: { name: 'web' },
  }
  assert.deepEqual(conflictsOf(status), [])
})

test('a conflict sentence of a kind not known keeps its words as the manager, which then is a stranger', () => {
  const cause = { reason: 'FieldManagerConflict', message: 'conflict in a new wording', field: '.spec.x' }
  assert.deepEqual(conflictsOf({ details: { causes: [cause] } }), [
    { manager: 'conflict in a new wording', operation: 'Apply', subresource: '', field: '.spec.x' },
  ])
})
