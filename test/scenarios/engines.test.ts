import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { REMEDIATION_KIND } from '#src/domain/remediation-wire.ts'
import { installEngineKinds } from './engine-crds.ts'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene, type Scene } from './scene.ts'

/** What Flux puts on everything that it applies. */
const LABELS = `
    kustomize.toolkit.fluxcd.io/name: apps
    kustomize.toolkit.fluxcd.io/namespace: '{{namespace}}'`
const labelled = (image: string) =>
  deployment(image).replace('  labels: { app: web }   # kept in one line on purpose', `  labels:${LABELS}`)

interface Flux {
  readonly url?: string
  readonly ref?: JsonObject
  readonly spec?: JsonObject
  /** What it applied; the Deployment unless told. */
  readonly inventory?: readonly string[]
}

async function flux(scene: Scene, { url, ref, spec, inventory }: Flux): Promise<void> {
  const { namespace, api, config } = scene
  const object = (apiVersion: string, kind: string, rest: JsonObject): KubeObject =>
    ({ apiVersion, kind, metadata: { namespace, name: 'apps' }, ...rest }) as KubeObject
  const own = config.repositories[0]?.url ?? ''
  await api.create(
    object('source.toolkit.fluxcd.io/v1', 'GitRepository', {
      spec: { url: url ?? own, ref: ref ?? { branch: 'main' } },
    }),
  )
  const entries = (inventory ?? [`${namespace}_web_apps_Deployment`]).map((id) => ({ id, v: 'v1' }))
  await api.create(
    object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', {
      spec: { path: './', sourceRef: { kind: 'GitRepository', name: 'apps' }, ...spec },
      status: { inventory: { entries } },
    }),
  )
}

/** A Deployment that Flux says it applied, and then a commit that breaks it. */
async function broken(t: { after(work: () => Promise<void>): void }, engine: Flux): Promise<Scene> {
  const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': labelled(GOOD) } })
  await installEngineKinds(scene.config.kubeconfig)
  await flux(scene, engine)
  await scene.rolledOut()
  await scene.start()
  await scene.commitAndApply({ 'web.yaml': labelled(BAD) }, 'Release 1.5.0')
  return scene
}

async function condition(scene: Scene, name: string, type: string): Promise<JsonObject> {
  const object = await scene.api.get({
    apiVersion: 'aiops-operator.dev/v1alpha1',
    kind: REMEDIATION_KIND,
    namespace: scene.namespace,
    name,
  })
  const status = (object && asJson(object)['status']) as { conditions: JsonObject[] }
  return status.conditions.find((each) => each['type'] === type) ?? {}
}

const refused: Readonly<Record<string, readonly [Flux, string, RegExp]>> = {
  'a workload whose source is pinned to a tag ends in a condition that says so': [
    { ref: { tag: 'v1.4.2' } },
    'RevisionPinned',
    /GitRepository|Kustomization .* follows the tag v1\.4\.2 and no branch/,
  ],
  'a workload that its engine takes from another repository is never edited in ours': [
    { url: 'https://git.example/other/fleet.git' },
    'SourceElsewhere',
    /Kustomization .*\/apps applies it from git\.example\/other\/fleet/,
  ],
  'a workload that its engine takes from another branch is never edited on ours': [
    { ref: { branch: 'production' } },
    'SourceElsewhere',
    /follows the branch production, and pull requests go into main/,
  ],
  'a field that the engine leaves alone is not changed in Git': [
    { spec: { ignore: [{ paths: ['/spec/template/spec/containers'] }] } },
    'FieldIgnored',
    /ignores \/spec\/template\/spec\/containers/,
  ],
}

for (const [claim, [engine, code, sentence]] of Object.entries(refused)) {
  test(`${claim}, and opens no pull request`, async (t) => {
    const scene = await broken(t, engine)
    const { name, state } = await scene.inPhase('Failed')
    assert.equal(state.reason, code)
    assert.match(state.message, sentence)
    assert.deepEqual(await scene.branches(), [])
    assert.equal((await condition(scene, name, 'Failed'))['reason'], code)
  })
}

test('a suspended engine gets its pull request, which says so, and the merge waits for it', async (t) => {
  const scene = await broken(t, { spec: { suspend: true } })
  const { name, state } = await scene.inPhase('ReadyForReview')
  const { engine } = state.plan.source
  assert.equal(engine?.object, `Kustomization ${scene.namespace}/apps`)
  assert.equal(engine?.confirmed, true)
  assert.deepEqual(
    engine?.holds.map(({ reason }) => reason),
    ['Suspended'],
  )
  assert.equal((await condition(scene, name, 'Applied'))['reason'], 'Suspended')
  await scene.merge(state.plan.branch)
  const held = await scene.remediation(
    'hold',
    ({ state: now }) => now.phase === 'Approved' && now.hold !== undefined,
  )
  assert.ok(held.state.phase === 'Approved' && held.state.hold?.reason === 'Suspended')
  assert.match(held.state.hold.message, /is suspended: nothing new is applied until it is resumed/)
  // The engine wakes up and does its work: that is seen.
  await scene.applyFromGit()
  await scene.recovered()
})

test('an engine is asked for the merge by its annotation alone, and believed when it has seen the commit', async (t) => {
  const scene = await broken(t, {})
  const { namespace, api } = scene
  const source = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', namespace, name: 'apps' }
  const applier = { ...source, apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' }
  const read = async (ref: typeof source) => (await api.get(ref)) ?? assert.fail(`no ${ref.kind}`)
  const old = await scene.developer.git('rev-parse', 'HEAD')
  await api.mergePatch(applier, { status: { lastAttemptedRevision: `main@sha1:${old}` } })
  const before = [await read(source), await read(applier)]
  const { state } = await scene.inPhase('ReadyForReview')
  await scene.merge(state.plan.branch)
  const held = await scene.remediation(
    'hold',
    ({ state: now }) => now.phase === 'Approved' && now.hold !== undefined,
  )
  assert.ok(held.state.phase === 'Approved' && held.state.hold?.reason === 'EngineOwned')
  const merge = held.state.approval.mergeCommit
  for (const [i, ref] of [source, applier].entries()) {
    const asked = await read(ref)
    assert.deepEqual(asked.metadata.annotations, { 'reconcile.fluxcd.io/requestedAt': merge })
    assert.equal(asked.metadata.generation, before[i]?.metadata.generation)
    assert.ok(asked.metadata.managedFields?.some(({ manager }) => manager === 'flux-client-side-apply'))
  }
  // Live by somebody's hand, and an older commit is what the engine knows.
  await scene.applyFromGit()
  await scene.rolledOut()
  await api.mergePatch(applier, {
    status: {
      lastAttemptedRevision: `main@sha1:${old}`,
      conditions: [{ type: 'Ready', status: 'False', reason: 'BuildFailed', message: 'no such path' }],
    },
  })
  const failing = await scene.remediation(
    'the engine’s trouble',
    ({ state: now }) => now.phase === 'Approved' && now.hold?.reason === 'EngineFailing',
  )
  assert.ok(failing.state.phase === 'Approved')
  assert.match(failing.state.hold?.message ?? '', /fails: BuildFailed: no such path/)
  await api.mergePatch(applier, { status: { lastAttemptedRevision: `main@sha1:${merge}` } })
  const done = await scene.recovered()
  assert.equal(done.state.phase === 'Applied' && done.state.applied.by, 'other')
})

test('a copied label leads nowhere: the engine is unknown, and nothing is applied past it', async (t) => {
  const scene = await broken(t, { url: 'https://git.example/other/fleet.git', inventory: [] })
  const { state } = await scene.inPhase('ReadyForReview')
  const { engine } = state.plan.source
  assert.equal(engine?.confirmed, false)
  assert.match(engine?.why ?? '', /does not list Deployment .*: it was copied there/)
  await scene.merge(state.plan.branch)
  const held = await scene.remediation(
    'hold',
    ({ state: now }) => now.phase === 'Approved' && now.hold !== undefined,
  )
  assert.ok(held.state.phase === 'Approved' && held.state.hold?.reason === 'EngineUnknown')
})

test('an Application that confirms its label by tracking id is told, with what holds it', async (t) => {
  const tracking = (image: string) =>
    deployment(image).replace(
      'metadata:\n  name: web',
      "metadata:\n  name: web\n  annotations:\n    argocd.argoproj.io/tracking-id: '{{namespace}}_shop:apps/Deployment:{{namespace}}/web'",
    )
  const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': tracking(GOOD) } })
  await installEngineKinds(scene.config.kubeconfig)
  const { namespace, api, config } = scene
  await api.create({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { namespace, name: 'shop' },
    spec: {
      project: 'default',
      source: { repoURL: config.repositories[0]?.url ?? '', targetRevision: 'main', path: '.' },
      destination: { server: 'https://kubernetes.default.svc', namespace },
    },
    status: { resources: [{ group: 'apps', version: 'v1', kind: 'Deployment', namespace, name: 'web' }] },
  } as KubeObject)
  await scene.rolledOut()
  await scene.start()
  await scene.commitAndApply({ 'web.yaml': tracking(BAD) }, 'Release 1.5.0')
  const { state } = await scene.inPhase('ReadyForReview')
  const { engine } = state.plan.source
  assert.equal(engine?.object, `Application ${namespace}/shop`)
  assert.deepEqual(
    engine?.holds.map(({ reason }) => reason),
    ['AutoSyncOff'],
  )
})
