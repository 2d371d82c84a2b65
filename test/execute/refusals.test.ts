import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeApi } from '#src/cluster/kube-api.ts'
import type { FieldChange } from '#src/domain/change.ts'
import { type ErrorCode, OperatorError } from '#src/domain/errors.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { openExecutor } from '#src/execute/executor.ts'
import { IMAGE, MEMORY, openWorkbench, written } from './workbench.ts'

const bench = await openWorkbench()
const { api, created, namespace, read } = bench
const executor = openExecutor(api)

const FIXED = 'shop.example/web:1.1'
const fix: readonly FieldChange[] = [{ op: 'set', field: IMAGE, value: FIXED }]
const WEB = 'spec.template.spec.containers[name=web]'

/** Refused by the dry run and by the real thing, in the API server's words, and nothing was written. */
async function refused(
  changes: readonly FieldChange[],
  words: RegExp,
  code: ErrorCode = 'DryRunRefused',
  on: KubeApi = api,
) {
  const target = await created('kubectl-client-side-apply')
  const verdict = await openExecutor(on).dryRun(target, changes)
  assert.equal(verdict.verdict, 'refused')
  assert.match(verdict.message, words)
  await assert.rejects(openExecutor(on).apply(target, changes), (error) => {
    assert.ok(error instanceof OperatorError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, words)
    assert.ok(error.message.length < 700, error.message)
    return true
  })
  assert.deepEqual(written(await read(target)), written(target))
}

test('what the API server’s validation will not have is refused in its own words', async () => {
  await refused([{ op: 'set', field: IMAGE, value: '' }], /image: Required value/)
  await refused([{ op: 'set', field: MEMORY, value: '1 GB' }], /quantit/i)
  await refused([{ op: 'set', field: `${WEB}.imagePullPolicy`, value: 'Sometimes' }], /Sometimes/)
  await refused(
    [{ op: 'set', field: 'spec.selector', value: { matchLabels: { app: 'other' } } }],
    /immutable/,
  )
})

test('a field the schema does not have is refused, set alone or together with a removal', async () => {
  const unknown = { op: 'set', field: `${WEB}.imag`, value: FIXED } as const
  await refused([unknown], /imag/)
  await refused([unknown, { op: 'remove', field: `${WEB}.env[name=LOG]` }], /unknown field.*imag/)
})

test('a refusal never quotes the whole object, which may hold anything', async () => {
  const target = await created('kubectl-client-side-apply')
  const verdict = await executor.dryRun(target, [
    { op: 'set', field: `${WEB}.image`, value: 7 },
    { op: 'remove', field: `${WEB}.env[name=LOG]` },
  ])
  assert.equal(verdict.verdict, 'refused')
  assert.doesNotMatch(verdict.message, /production/)
})

test('an admission policy that denies refuses the change, whichever reason it answers with', async () => {
  for (const reason of ['Invalid', 'Forbidden']) {
    const image = `shop.example/denied-${reason.toLowerCase()}:1`
    await denying(image, reason)
    await refused([{ op: 'set', field: IMAGE, value: image }], /no such registry here/)
  }
})

test('an admission that would change the change is refused, with the value it would have had', async () => {
  const image = 'shop.example/mirrored:1'
  await mutating(image, 'mirror.example/mirrored:1')
  await refused(
    [{ op: 'set', field: IMAGE, value: image }],
    /image would become "mirror.example\/mirrored:1"/,
  )
})

test('an admission that would change another field of spec is refused', async () => {
  const image = 'shop.example/paused:1'
  await mutating(image, image, 'paused: true')
  await refused([{ op: 'set', field: IMAGE, value: image }], /\.spec\.paused would become true/)
})

test('a user without the verb patch is told so: that is no verdict on the change', async () => {
  const reader = await bench.as('reader', ['get', 'list', 'watch'])
  const target = await created('kubectl-client-side-apply')
  for (const attempt of [openExecutor(reader).apply, openExecutor(reader).dryRun]) {
    await assert.rejects(attempt(target, fix), (error) => {
      assert.ok(error instanceof OperatorError)
      assert.equal(error.code, 'ApplyForbidden')
      assert.equal(error.retry, 'backoff')
      return true
    })
  }
  assert.deepEqual(written(await read(target)), written(target))
})

test('a user with get and patch alone can apply, and is told of admission’s refusals as such', async () => {
  const writer = await bench.as('writer', ['get', 'patch'])
  const target = await created('kubectl-client-side-apply')
  assert.equal((await openExecutor(writer).apply(target, fix)).result, 'configured')
  const image = 'shop.example/denied-writer:1'
  await denying(image, 'Forbidden')
  await refused([{ op: 'set', field: IMAGE, value: image }], /no such registry here/, 'DryRunRefused', writer)
})

test('never written: replicas, identity, status, finalizers', async () => {
  for (const field of ['spec.replicas', 'metadata.name', 'metadata.finalizers', 'status.replicas', 'kind']) {
    await refused([{ op: 'set', field, value: 'x' }], /never written/, 'FieldRefused')
  }
})

test('a change inside a container that the live object lacks is refused, never made into a new container', async () => {
  await refused(
    [{ op: 'set', field: 'spec.template.spec.containers[name=api].image', value: FIXED }],
    /lacks the list item/,
    'LiveDiffersFromGit',
  )
})

test('values are the same when the API server writes them otherwise', async () => {
  const target = await created('kubectl-client-side-apply')
  const changes: readonly FieldChange[] = [
    { op: 'set', field: MEMORY, value: '1024Mi' },
    { op: 'set', field: `${WEB}.resources.limits.cpu`, value: 0.5 },
    { op: 'set', field: `${WEB}.livenessProbe`, value: { httpGet: { path: '/', port: 8080 } } },
    { op: 'set', field: 'spec.template.spec.volumes', value: [{ name: 'conf', configMap: { name: 'web' } }] },
  ]
  assert.equal((await executor.apply(target, changes)).result, 'configured')
  const { resourceVersion } = (await read(target)).metadata
  assert.equal((await executor.apply(target, changes)).result, 'unchanged')
  const later = await read(target)
  assert.equal(later.metadata.generation, 2, `${resourceVersion}`)
})

test('removing what the API server fills in again is unchanged, not an endless repair', async () => {
  const target = await created('kubectl-client-side-apply')
  const changes: readonly FieldChange[] = [
    { op: 'remove', field: 'spec.template.spec.terminationGracePeriodSeconds' },
  ]
  assert.equal((await executor.apply(target, changes)).result, 'unchanged')
  assert.deepEqual(written(await read(target)), written(target))
})

async function denying(image: string, reason: string) {
  await policy('ValidatingAdmissionPolicy', `deny-${image.replaceAll(/[^a-z0-9]/g, '-')}`, image, {
    validations: [{ expression: 'false', message: 'no such registry here', reason }],
  })
}

async function mutating(image: string, to: string, more = '') {
  const spec = [
    more,
    `template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "web", image: "${to}"}]}}`,
  ]
  const expression = `Object{spec: Object.spec{${spec.filter((part) => part !== '').join(', ')}}}`
  await policy('MutatingAdmissionPolicy', `mutate-${image.replaceAll(/[^a-z0-9]/g, '-')}`, image, {
    reinvocationPolicy: 'Never',
    mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
  })
}

/** An admission policy of this namespace for one image; back once the API server enforces it. */
async function policy(kind: string, name: string, image: string, spec: JsonObject) {
  const apiVersion = 'admissionregistration.k8s.io/v1'
  const validating = kind.startsWith('Validating')
  const rules = [
    { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] },
  ]
  const expression = `object.spec.template.spec.containers.exists(c, c.image == "${image}")`
  const unique = `${name}-${namespace}`
  const selector = { namespaceSelector: { matchLabels: { execute: namespace } } }
  await api.create({
    apiVersion,
    kind,
    metadata: { name: unique },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: rules, ...selector },
      matchConditions: [{ name: 'image', expression }],
      ...spec,
    },
  })
  await api.create({
    apiVersion,
    kind: `${kind}Binding`,
    metadata: { name: unique },
    spec: { policyName: unique, ...(validating ? { validationActions: ['Deny'] } : {}) },
  })
  const probe = await created('kubectl-client-side-apply')
  while (!(await isEnforced(probe, image))) await new Promise((resolve) => setImmediate(resolve))
}

async function isEnforced(probe: KubeObject, image: string): Promise<boolean> {
  const { apiVersion, kind, metadata } = probe
  const path = '/spec/template/spec/containers/0/image'
  try {
    const answer = await api.jsonPatch(
      { apiVersion, kind, namespace, name: metadata.name },
      [{ op: 'replace', path, value: image }],
      { dryRun: true },
    )
    const spec = answer['spec'] as { paused?: boolean }
    return spec.paused === true || !JSON.stringify(answer['spec']).includes(`"${image}"`)
  } catch {
    return true
  }
}
