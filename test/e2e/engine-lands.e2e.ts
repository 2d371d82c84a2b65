import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, test } from 'node:test'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { startControlPlane } from '#src/embedded/control-plane.ts'
import { findServers } from '#src/embedded/provision.ts'
import { BAD, deployment, GOOD } from '../scenarios/files.ts'
import { openScene, type Scene } from '../scenarios/scene.ts'
import { findLab, labUp } from './lab.ts'

/** The engines look by themselves so seldom that within a test only an annotation makes them. */
const SELDOM = '30m'
const PATIENCE = 240_000

const lab = findLab()
assert.ok(lab, 'the engines are the lab’s; run this by `npm run test:e2e`, which leaves it out without one')
const { kubectl, helm } = await findServers(['kubectl', 'helm', 'kustomize'], { progress: () => {} })
const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-lands-'))
const undo: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
after(async () => {
  for (const each of undo.toReversed()) await each()
})
const plane = await startControlPlane({ progress: () => {} })
undo.push(() => plane.stop())
const env = {
  ...process.env,
  KUBECONFIG: plane.kubeconfig,
  LAB_ARGOCD_INTERVAL: SELDOM,
  PATH: [dirname(helm), process.env['PATH']].join(delimiter),
}
for (const engine of ['flux', 'argocd'] as const) {
  const attached = await labUp(lab, engine, join(folder, engine), new AbortController().signal, env)
  undo.push(() => attached.down())
}

interface EngineUnderTest {
  /** Its objects for the repository, which apply everything in it into the scene's namespace. */
  objects(scene: Scene, url: string): readonly KubeObject[]
  /** What a person does to make it look. */
  look(scene: Scene): Promise<unknown>
  suspend(scene: Scene, suspended: boolean): Promise<unknown>
}

const flux: EngineUnderTest = {
  objects: ({ namespace }, url) => [
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { namespace, name: 'apps' },
      spec: { interval: SELDOM, url, ref: { branch: 'main' } },
    } as KubeObject,
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { namespace, name: 'apps' },
      spec: {
        interval: SELDOM,
        path: './',
        prune: false,
        targetNamespace: namespace,
        sourceRef: { kind: 'GitRepository', name: 'apps' },
      },
    } as KubeObject,
  ],
  look: (scene) =>
    scene.kubectl(
      'annotate',
      '--overwrite',
      'gitrepositories.source.toolkit.fluxcd.io/apps',
      'kustomizations.kustomize.toolkit.fluxcd.io/apps',
      `reconcile.fluxcd.io/requestedAt=${Date.now()}`,
    ),
  suspend: (scene, suspended) =>
    scene.kubectl(
      'patch',
      'kustomizations.kustomize.toolkit.fluxcd.io/apps',
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { suspend: suspended } }),
    ),
}

const application = (scene: Scene) => ['-n', 'argocd', `applications.argoproj.io/${scene.namespace}`]

/** `syncOptions` tell client-side from server-side apply. */
function argo(...syncOptions: readonly string[]): EngineUnderTest {
  return {
    objects: ({ namespace }, url) => [
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { namespace: 'argocd', name: namespace },
        spec: {
          project: 'default',
          source: { repoURL: url, targetRevision: 'main', path: '.' },
          destination: { server: 'https://kubernetes.default.svc', namespace },
          syncPolicy: { automated: { selfHeal: true }, syncOptions },
        },
      } as unknown as KubeObject,
    ],
    look: (scene) =>
      scene.kubectl('annotate', '--overwrite', ...application(scene), 'argocd.argoproj.io/refresh=normal'),
    suspend: (scene, suspended) =>
      scene.kubectl(
        'annotate',
        '--overwrite',
        ...application(scene),
        suspended ? 'argocd.argoproj.io/skip-reconcile=true' : 'argocd.argoproj.io/skip-reconcile-',
      ),
  }
}

/** The engine has adopted the good release, and then brings a broken one. */
async function brokenByEngine(
  t: { after(work: () => Promise<void>): void },
  engine: EngineUnderTest,
): Promise<Scene> {
  const scene = await openScene(t, {
    forge: 'git',
    files: { 'web.yaml': deployment(GOOD) },
    cluster: { kubeconfig: plane.kubeconfig, kubectl },
    patience: PATIENCE,
  })
  await scene.rolledOut()
  const url = scene.config.repositories[0]?.url ?? ''
  for (const object of engine.objects(scene, url)) await scene.api.create(object)
  await scene.eventually('the engine has adopted the Deployment', async () => {
    const live = await web(scene)
    const managers = live.metadata.managedFields?.map(({ manager }) => manager) ?? []
    return managers.some((each) => /^(kustomize-controller|argocd-controller)$/.test(each)) || undefined
  })
  await scene.start()
  await scene.commit({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
  await engine.look(scene)
  return scene
}

async function web({ api, namespace }: Scene): Promise<KubeObject> {
  const live = await api.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' })
  assert.ok(live)
  return live
}

async function assertWrittenByEngine(scene: Scene): Promise<void> {
  const { state } = await scene.recovered()
  assert.equal(state.phase === 'Applied' && state.applied.by, 'other')
  const live = await web(scene)
  const managers = live.metadata.managedFields?.map(({ manager }) => manager) ?? []
  assert.ok(!managers.includes('aiops-operator'), `we wrote nothing: ${managers.join(' ')}`)
}

const engines: Readonly<Record<string, EngineUnderTest>> = {
  Flux: flux,
  'Argo CD, client-side': argo(),
  'Argo CD, server-side': argo('ServerSideApply=true'),
}

for (const [name, engine] of Object.entries(engines)) {
  test(`${name}: a merged fix is landed by the engine, because the operator asked it to look`, async (t) => {
    const scene = await brokenByEngine(t, engine)
    const { state } = await scene.inPhase('ReadyForReview')
    assert.equal(state.plan.source.engine?.confirmed, true)
    await scene.merge(state.plan.branch)
    await assertWrittenByEngine(scene)
  })
}

for (const [name, engine] of [
  ['Flux', flux],
  ['Argo CD', argo()],
] as const) {
  test(`${name}: suspended, the merge waits with that reason; resumed, the engine lands it`, async (t) => {
    const scene = await brokenByEngine(t, engine)
    const { state } = await scene.inPhase('ReadyForReview')
    await engine.suspend(scene, true)
    await scene.merge(state.plan.branch)
    const held = await scene.remediation(
      'hold',
      ({ state: now }) => now.phase === 'Approved' && now.hold?.reason === 'Suspended',
    )
    assert.ok(held.state.phase === 'Approved')
    await engine.suspend(scene, false)
    await assertWrittenByEngine(scene)
  })
}
