import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { openExecutor } from '#src/execute/executor.ts'
import { ownersOf } from '#src/execute/managed-fields.ts'
import { deployment, IMAGE, image, MEMORY, openWorkbench, owned, pod, US, WEB, written } from './workbench.ts'

const bench = await openWorkbench()
const { api, created, applied, apply, update, kubectl, read } = bench
const executor = openExecutor(api)

const FIXED = 'shop.example/web:1.1'
const fix = [{ op: 'set', field: IMAGE, value: FIXED }] as const
const webImage = (value: string) => ({ template: { spec: { containers: [{ name: 'web', image: value }] } } })
const imageOwners = (object: KubeObject) =>
  ownersOf(object, [
    ...['spec', 'template', 'spec', 'containers'].map((member) => ({ member })),
    { keys: { name: 'web' } },
    { member: 'image' },
  ]).map(({ manager }) => manager)

/** What a stranger's field costs us: an ApplyConflict that names manager and field, and an object nobody touched. */
async function keepsItsField(target: KubeObject, manager: string, retry: 'never' | 'backoff') {
  const before = await read(target)
  await assert.rejects(executor.apply(target, fix), (error) => {
    assert.ok(error instanceof OperatorError, String(error))
    assert.equal(error.code, 'ApplyConflict')
    assert.equal(error.retry, retry)
    assert.ok(error.message.includes(manager), error.message)
    return true
  })
  assert.deepEqual(written(await read(target)), written(before))
}

test('row 1: what an engine owns and has already set is unchanged, and we take no share in it', async () => {
  for (const target of [
    await applied('kustomize-controller', ({ containers: [web] }) =>
      Object.assign(web ?? {}, { image: FIXED }),
    ),
    await created('argocd-controller', ({ containers: [web] }) => Object.assign(web ?? {}, { image: FIXED })),
  ]) {
    assert.equal((await executor.apply(target, fix)).result, 'unchanged')
    assert.deepEqual(written(await read(target)), written(target))
    assert.deepEqual(owned(await read(target)), [])
  }
})

test('row 2: a value that an engine has set otherwise is never forced, whether it applies or updates', async () => {
  await keepsItsField(await applied('kustomize-controller'), 'kustomize-controller', 'backoff')
  await keepsItsField(await applied('argocd-controller'), 'argocd-controller', 'backoff')
  await keepsItsField(await created('argocd-controller'), 'argocd-controller', 'backoff')
  await keepsItsField(await created('argocd-server'), 'argocd-server', 'backoff')
})

test('row 2: the gate validates a change of an engine’s field all the same, and writes nothing', async () => {
  const target = await applied('kustomize-controller')
  const verdict = await executor.dryRun(target, fix)
  assert.equal(verdict.verdict, 'passed', verdict.message)
  assert.match(verdict.message, /kustomize-controller/)
  assert.deepEqual(written(await read(target)), written(target))
})

test('row 3: once an engine co-owns what we applied, doing it again writes nothing and lets go of nothing', async () => {
  const target = await created('kubectl-client-side-apply')
  assert.equal((await executor.apply(target, fix)).result, 'configured')
  const adopted = await apply(target, 'kustomize-controller', webImage(FIXED))
  assert.deepEqual(imageOwners(adopted).sort(), ['aiops-operator', 'kustomize-controller'])
  assert.equal((await executor.apply(target, fix)).result, 'unchanged')
  assert.deepEqual(written(await read(target)), written(adopted))
})

test('row 4: a later fix keeps sending what earlier fixes own, so none of them is deleted', async () => {
  const target = await created('kubectl-client-side-apply')
  await executor.apply(target, [{ op: 'set', field: MEMORY, value: '128Mi' }])
  await executor.apply(target, [
    {
      op: 'set',
      field: 'spec.template.spec.containers[name=web].env[name=EXTRA]',
      value: { name: 'EXTRA', value: '1' },
    },
  ])
  const second = await executor.apply(target, fix)
  const live = await read(target)
  assert.equal(second.generation, live.metadata.generation)
  assert.equal(live.metadata.generation, 4)
  assert.deepEqual(owned(live), [
    `${WEB}.env[name="EXTRA"].value`,
    `${WEB}.image`,
    `${WEB}.resources.limits.memory`,
  ])
  assert.deepEqual(pod(live).containers[0]?.['resources'], { limits: { cpu: '500m', memory: '128Mi' } })
  assert.equal(image(live), FIXED)
})

test('row 5: after somebody reverts our field, the next fix lets go of the bare container key that was left', async () => {
  const target = await created('kubectl-client-side-apply')
  await executor.apply(target, fix)
  const reverted = await update(target, 'kubectl-edit', [
    { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'shop.example/web:9.9' },
  ])
  assert.deepEqual(owned(reverted), [])
  await executor.apply(target, [
    {
      op: 'set',
      field: 'spec.template.spec.containers[name=sidecar].image',
      value: 'shop.example/sidecar:2',
    },
  ])
  const fields = JSON.stringify(
    (await read(target)).metadata.managedFields?.find(({ manager }) => manager === US.manager),
  )
  assert.ok(fields.includes('sidecar'))
  assert.ok(!fields.includes('\\"web\\"'), fields)
  assert.equal(image(await read(target)), 'shop.example/web:9.9')
})

test('row 6: a field that Git removes is removed, though we co-own it', async () => {
  const target = await created('kubectl-client-side-apply')
  await executor.apply(target, [{ op: 'set', field: MEMORY, value: '128Mi' }])
  await update(target, 'kubectl-edit', [
    { op: 'replace', path: '/spec/template/spec/containers/0/resources/limits/memory', value: '256Mi' },
  ])
  await executor.apply(target, [{ op: 'set', field: MEMORY, value: '128Mi' }])
  assert.equal((await executor.apply(target, [{ op: 'remove', field: MEMORY }])).result, 'configured')
  const live = await read(target)
  assert.deepEqual(pod(live).containers[0]?.['resources'], { limits: { cpu: '500m' } })
  assert.ok(!JSON.stringify(live.metadata.managedFields).includes('f:memory'))
  assert.equal((await executor.apply(target, [{ op: 'remove', field: MEMORY }])).result, 'unchanged')
})

test('row 7: a container that Git removes goes as a whole, though we own a leaf of it', async () => {
  const target = await created('kubectl-client-side-apply')
  const sidecar = 'spec.template.spec.containers[name=sidecar]'
  await executor.apply(target, [{ op: 'set', field: `${sidecar}.image`, value: 'shop.example/sidecar:2' }])
  await executor.apply(target, [{ op: 'remove', field: sidecar }])
  const live = await read(target)
  assert.deepEqual(
    pod(live).containers.map(({ name }) => name),
    ['web'],
  )
  assert.ok(!JSON.stringify(live.metadata.managedFields).includes('sidecar'))
})

test('row 8: we write under our own name only: other managers lose the changed field and nothing else', async () => {
  const target = await created('kubectl-client-side-apply')
  const kubectlApply = { manager: 'kubectl-client-side-apply', operation: 'Update', subresource: '' } as const
  const before = owned(await read(target), kubectlApply)
  await executor.apply(target, fix)
  const live = await read(target)
  assert.deepEqual(
    owned(live, kubectlApply),
    before.filter((field) => field !== `${WEB}.image`),
  )
  assert.deepEqual(owned(live), [`${WEB}.image`])
})

test('row 9: value and valueFrom are swapped in one write, and nothing of the old one is left', async () => {
  const target = await created('kubectl-client-side-apply')
  const mode = 'spec.template.spec.containers[name=web].env[name=MODE]'
  const { generation } = await executor.apply(target, [
    { op: 'remove', field: `${mode}.value` },
    { op: 'set', field: `${mode}.valueFrom`, value: { configMapKeyRef: { name: 'web', key: 'mode' } } },
  ])
  const live = await read(target)
  assert.equal(generation, 2)
  assert.equal(live.metadata.generation, 2)
  assert.deepEqual((pod(live).containers[0]?.['env'] as unknown[])[0], {
    name: 'MODE',
    valueFrom: { configMapKeyRef: { name: 'web', key: 'mode' } },
  })
})

test('row 10: replicas that a real autoscaler owns stay with it, and are refused as a change of ours', async () => {
  const target = await created('kubectl-client-side-apply')
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: target.metadata.name }
  await kubectl(['scale', `deployment/${target.metadata.name}`, '--replicas=1'])
  await api.create({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: target.metadata.name, namespace: bench.namespace },
    spec: {
      scaleTargetRef,
      minReplicas: 3,
      maxReplicas: 5,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
        },
      ],
    },
  })
  await kubectl([
    'wait',
    `deployment/${target.metadata.name}`,
    '--for=jsonpath={.spec.replicas}=3',
    '--timeout=60s',
  ])
  await executor.apply(target, fix)
  const live = await read(target)
  assert.equal((live['spec'] as { replicas: number }).replicas, 3)
  assert.equal(image(live), FIXED)
  const scaler = ownersOf(live, [{ member: 'spec' }, { member: 'replicas' }])
  assert.deepEqual(scaler, [
    { manager: 'kube-controller-manager', operation: 'Update', subresource: 'scale' },
  ])
  const verdict = await executor.dryRun(target, [{ op: 'set', field: 'spec.replicas', value: 1 }])
  assert.equal(verdict.verdict, 'refused')
  await assert.rejects(executor.apply(target, [{ op: 'set', field: 'spec.replicas', value: 1 }]), /replicas/)
})

/** By the version that was read; once more when a controller wrote its status in between. */
async function cutOurEntry(target: KubeObject): Promise<void> {
  const { metadata } = await read(target)
  const entry = metadata.managedFields?.findIndex(({ manager }) => manager === US.manager) ?? -1
  try {
    await update(target, 'kubectl-edit', [
      { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
      { op: 'test', path: `/metadata/managedFields/${entry}/manager`, value: US.manager },
      { op: 'remove', path: `/metadata/managedFields/${entry}` },
    ])
  } catch (error) {
    const isStale = (await read(target)).metadata.resourceVersion !== metadata.resourceVersion
    if (!isStale) throw error
    await cutOurEntry(target)
  }
}

test('row 11: where our entry was cut out of managedFields, values stay and the next fix claims only its own', async () => {
  const target = await created('kubectl-client-side-apply')
  await executor.apply(target, [{ op: 'set', field: MEMORY, value: '128Mi' }])
  await cutOurEntry(target)
  assert.deepEqual(owned(await read(target)), [])
  assert.equal(
    (await executor.apply(target, [{ op: 'set', field: MEMORY, value: '128Mi' }])).result,
    'unchanged',
  )
  await executor.apply(target, fix)
  const live = await read(target)
  assert.deepEqual(owned(live), [`${WEB}.image`])
  assert.deepEqual(pod(live).containers[0]?.['resources'], { limits: { cpu: '500m', memory: '128Mi' } })
})

test('Git wins over kubectl and Helm, under each of their names', async () => {
  for (const manager of [
    'kubectl',
    'kubectl-client-side-apply',
    'kubectl-edit',
    'kubectl-set',
    'kubectl-patch',
    'helm',
  ]) {
    const target = await created(manager)
    assert.equal((await executor.apply(target, fix)).result, 'configured', manager)
    assert.equal(image(await read(target)), FIXED, manager)
  }
})

test('Git wins over the real kubectl: apply, apply --server-side and set image; its next apply of the same goes through', async () => {
  const manifest = deployment(bench.namespace)
  const name = `deployment/${manifest.metadata.name}`
  for (const args of [
    ['apply', '-f', '-'],
    ['set', 'image', name, 'web=shop.example/web:9.8'],
    ['apply', '--server-side', '--force-conflicts', '-f', '-'],
  ]) {
    await kubectl(args, JSON.stringify(manifest))
    assert.equal((await executor.apply(await read(manifest), fix)).result, 'configured', args.join(' '))
    assert.equal(image(await read(manifest)), FIXED, args.join(' '))
  }
  pod(manifest).containers[0] = { ...pod(manifest).containers[0], image: FIXED }
  await kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(manifest))
  await kubectl(['apply', '-f', '-'], JSON.stringify(manifest))
  assert.equal(image(await read(manifest)), FIXED)
})

test('Git wins over fields from before server-side apply', async () => {
  const target = await created('some-client')
  await api.mergePatch(
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace: bench.namespace, name: target.metadata.name },
    { metadata: { managedFields: [{}] } },
    { fieldManager: 'kubectl-patch' },
  )
  assert.equal((await executor.apply(target, fix)).result, 'configured')
  const managers = written(await read(target)).owners?.map(({ manager }) => manager)
  assert.deepEqual(managers?.sort(), ['aiops-operator', 'before-first-apply'])
})

test('a manager that nobody knows keeps its field, and so do autoscalers of pods', async () => {
  for (const manager of ['stranger', 'vpa-updater', 'my-kubectl', 'kube-controller-manager', 'helmfile']) {
    await keepsItsField(await created(manager), manager, 'never')
    await keepsItsField(await applied(manager), manager, 'never')
    const verdict = await executor.dryRun(await created(manager), fix)
    assert.equal(verdict.verdict, 'refused')
    assert.match(verdict.message, new RegExp(manager))
  }
})

test('one stranger among several owners is enough, and a stranger elsewhere on the object is no hindrance', async () => {
  const target = await created('kubectl-client-side-apply')
  const shared = await apply(target, 'stranger', webImage('shop.example/web:9.9'))
  await keepsItsField(shared, 'stranger', 'never')
  const other = await created('kubectl-client-side-apply')
  await apply(other, 'stranger', {
    template: { spec: { containers: [{ name: 'sidecar', image: 'shop.example/sidecar:1' }] } },
  })
  assert.equal((await executor.apply(other, fix)).result, 'configured')
})

test('a removal asks the owners too: a stranger keeps what Git wants gone, kubectl does not', async () => {
  const log = [{ op: 'remove', field: 'spec.template.spec.containers[name=web].env[name=LOG]' }] as const
  const target = await created('stranger')
  await assert.rejects(executor.apply(target, log), /field manager stranger owns .*env\[name="LOG"\]/)
  assert.deepEqual(written(await read(target)), written(target))
  const ours = await created('kubectl-client-side-apply')
  assert.equal((await executor.apply(ours, log)).result, 'configured')
  assert.deepEqual(pod(await read(ours)).containers[0]?.['env'], [{ name: 'MODE', value: 'production' }])
})

test('a target that an engine or a controller claims is not written, whoever owns the field', async () => {
  const owner = {
    apiVersion: 'shop.example/v1',
    kind: 'Shop',
    name: 'shop',
    uid: randomUUID(),
    controller: true,
  }
  for (const [claim, metadata] of [
    ['kustomize.toolkit.fluxcd.io/name', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }],
    ['argocd.argoproj.io/tracking-id', { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:x' } }],
    ['Shop shop', { ownerReferences: [owner] }],
  ] as const) {
    const manifest = deployment(bench.namespace)
    const target = await api.create(
      { ...manifest, metadata: { ...manifest.metadata, ...metadata } },
      { fieldManager: 'kubectl-client-side-apply' },
    )
    const before = await read(target)
    await assert.rejects(executor.apply(target, fix), (error) => {
      assert.ok(error instanceof OperatorError)
      assert.equal(error.code, 'ApplyConflict')
      assert.equal(error.retry, 'backoff')
      assert.ok(error.message.includes(claim), error.message)
      return true
    })
    assert.deepEqual(written(await read(target)), written(before))
    assert.equal((await executor.dryRun(target, fix)).verdict, 'passed')
  }
})
