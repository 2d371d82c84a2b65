import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeApi } from '#src/cluster/kube-api.ts'
import type { FieldChange } from '#src/domain/change.ts'
import { type ErrorCode, OperatorError } from '#src/domain/errors.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { openExecutor } from '#src/execute/executor.ts'
import { IMAGE, image, MEMORY, openWorkbench, written } from './workbench.ts'

const bench = await openWorkbench()
const { api, apply, created, namespace, read, update } = bench

const FIXED = 'shop.example/web:1.1'
const setImage: readonly FieldChange[] = [{ op: 'set', field: IMAGE, value: FIXED }]
const removeEnv: readonly FieldChange[] = [
  { op: 'remove', field: 'spec.template.spec.containers[name=web].env[name=LOG]' },
]

type Call = {
  readonly what: 'get' | 'apply' | 'jsonPatch'
  readonly dryRun: boolean
  readonly number: number
}

/** The real API, with something real happening before or after chosen calls. */
function disturbed(
  before: (call: Call) => Promise<void>,
  after: (call: Call) => Promise<void> = async () => {},
): KubeApi {
  let number = 0
  const around = async <T>(what: Call['what'], dryRun: boolean, send: () => Promise<T>): Promise<T> => {
    number += 1
    const call = { what, dryRun, number }
    await before(call)
    try {
      return await send()
    } finally {
      await after(call)
    }
  }
  return {
    ...Object.fromEntries(
      (['list', 'create', 'replace', 'mergePatch', 'remove', 'log'] as const).map((name) => [
        name,
        () => assert.fail(`the executor calls ${name}`),
      ]),
    ),
    get: (ref) => around('get', false, () => api.get(ref)),
    apply: (body, options) => around('apply', options.dryRun === true, () => api.apply(body, options)),
    jsonPatch: (ref, patch, options = {}) =>
      around('jsonPatch', options.dryRun === true, () => api.jsonPatch(ref, patch, options)),
  } as KubeApi
}

function once(when: (call: Call) => boolean, work: () => Promise<unknown>): (call: Call) => Promise<void> {
  let done = false
  return async (call) => {
    if (done || !when(call)) return
    done = true
    await work()
  }
}

const isRealWrite = ({ what, dryRun }: Call) => what !== 'get' && !dryRun
const isDryRun = ({ dryRun }: Call) => dryRun

function fails(code: ErrorCode, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof OperatorError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, words)
    return true
  }
}

const strangerTakes = (target: KubeObject) => () =>
  update(target, 'stranger', [
    { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'shop.example/web:hotfix' },
    { op: 'replace', path: '/spec/template/spec/containers/0/env/1/value', value: 'debug' },
  ])

for (const [name, changes] of [
  ['an apply', setImage],
  ['a removal', removeEnv],
] as const) {
  for (const [moment, when] of [
    ['the dry run', isDryRun],
    ['the write', isRealWrite],
  ] as const) {
    test(`${name}: a stranger who takes the field just before ${moment} keeps it`, async () => {
      const target = await created('kubectl-client-side-apply')
      const executor = openExecutor(disturbed(once(when, strangerTakes(target))))
      await assert.rejects(executor.apply(target, changes), fails('ApplyConflict', /stranger/))
      assert.equal(image(await read(target)), 'shop.example/web:hotfix')
      assert.deepEqual(
        (await read(target)).metadata.managedFields?.filter(({ manager }) => manager === 'aiops-operator'),
        [],
      )
    })
  }

  test(`${name}: another field that changes just before the write does not matter`, async () => {
    const target = await created('kubectl-client-side-apply')
    const elsewhere = () =>
      update(target, 'stranger', [{ op: 'add', path: '/metadata/labels', value: { team: 'shop' } }])
    const executor = openExecutor(disturbed(once(isRealWrite, elsewhere)))
    const { result, generation } = await executor.apply(target, changes)
    const live = await read(target)
    assert.equal(result, 'configured')
    assert.equal(live.metadata.generation, generation)
    assert.equal(generation, 2)
    assert.deepEqual(live.metadata.labels, { team: 'shop' })
  })

  test(`${name}: a target deleted just before the write is not made anew`, async () => {
    const target = await created('kubectl-client-side-apply')
    const { apiVersion, kind, metadata } = target
    const ref = { apiVersion, kind, namespace, name: metadata.name }
    const executor = openExecutor(disturbed(once(isRealWrite, () => api.remove(ref))))
    await assert.rejects(executor.apply(target, changes), fails('TargetGone', /deleted/))
    assert.equal(await api.get(ref), undefined)
  })

  test(`${name}: a target deleted and made anew just before the write is left alone`, async () => {
    const target = await created('kubectl-client-side-apply')
    const { apiVersion, kind, metadata } = target
    const ref = { apiVersion, kind, namespace, name: metadata.name }
    const again = async () => {
      await api.remove(ref)
      const { uid: _, resourceVersion: __, managedFields: ___, ...kept } = metadata
      await api.create({ ...target, metadata: kept }, { fieldManager: 'kubectl-client-side-apply' })
    }
    const executor = openExecutor(disturbed(once(isRealWrite, again)))
    await assert.rejects(executor.apply(target, changes), fails('TargetGone', /made anew/))
    assert.equal(image(await read(target)), 'shop.example/web:9.9')
  })

  test(`${name}: killed after any call, doing it again ends in one change and one generation`, async () => {
    for (let kill = 1; ; kill += 1) {
      const target = await created('kubectl-client-side-apply')
      let killed = false
      const dying = disturbed(
        async () => {},
        async ({ number }) => {
          if (number !== kill) return
          killed = true
          throw new Error('killed')
        },
      )
      await openExecutor(dying)
        .apply(target, changes)
        .catch((error: unknown) => assert.match(String(error), /killed/))
      if (!killed) {
        assert.ok(kill > 3, 'get, dry run and write are three calls')
        break
      }
      await openExecutor(api).apply(target, changes)
      const live = await read(target)
      assert.equal(live.metadata.generation, 2)
      assert.equal((await openExecutor(api).apply(target, changes)).result, 'unchanged')
      assert.deepEqual(written(await read(target)), written(live))
    }
  })
}

test('a removal: a stranger who comes to share the field just before the write keeps it, though its value is the same', async () => {
  const target = await created('kubectl-client-side-apply')
  const containers = [{ name: 'web', env: [{ name: 'LOG', value: 'info' }] }]
  const share = () => apply(target, 'stranger', { template: { spec: { containers } } })
  const executor = openExecutor(disturbed(once(isRealWrite, share)))
  await assert.rejects(executor.apply(target, removeEnv), fails('ApplyConflict', /stranger/))
  assert.match(JSON.stringify((await read(target))['spec']), /"LOG"/)
})

test('an object that others change before every write of ours is given up for now, unchanged by us', async () => {
  const target = await created('kubectl-client-side-apply')
  let count = 0
  const noise = async (call: Call) => {
    if (!isRealWrite(call)) return
    count += 1
    await update(target, 'stranger', [
      { op: 'add', path: '/metadata/labels', value: { count: String(count) } },
    ])
  }
  await assert.rejects(openExecutor(disturbed(noise)).apply(target, setImage), (error) => {
    assert.ok(fails('ApiConflict', /changed by others/)(error))
    assert.equal((error as OperatorError).retry, 'backoff')
    return true
  })
  assert.equal(image(await read(target)), 'shop.example/web:9.9')
})

test('a target that is gone, or is another one of the same name, is TargetGone before anything is sent', async () => {
  const target = await created('kubectl-client-side-apply')
  const other = { ...target, metadata: { ...target.metadata, uid: '00000000-0000-4000-8000-000000000000' } }
  await assert.rejects(openExecutor(api).apply(other, setImage), fails('TargetGone', /made anew/))
  await api.remove({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: target.metadata.name })
  await assert.rejects(openExecutor(api).apply(target, setImage), fails('TargetGone', /deleted/))
  await assert.rejects(openExecutor(api).dryRun(target, setImage), fails('TargetGone', /deleted/))
})

test('a field that an earlier fix set and somebody changed since is not put back by the next fix', async () => {
  const target = await created('kubectl-client-side-apply')
  await openExecutor(api).apply(target, [{ op: 'set', field: MEMORY, value: '128Mi' }])
  const raise = () =>
    update(target, 'stranger', [
      { op: 'replace', path: '/spec/template/spec/containers/0/resources/limits/memory', value: '256Mi' },
    ])
  const executor = openExecutor(disturbed(once(isRealWrite, raise)))
  await executor.apply(target, setImage)
  const live = asJson(await read(target))
  assert.match(JSON.stringify(live['spec']), /"memory":"256Mi"/)
  assert.equal(image(await read(target)), FIXED)
})
