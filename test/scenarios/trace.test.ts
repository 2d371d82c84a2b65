import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TraceReport } from '#src/cli/trace/trace-report.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { runHere } from '../cli/edit/edit-command.ts'
import { installEngineKinds } from './engine-crds.ts'
import { deployment, GOOD } from './files.ts'
import { openScene, type Scene } from './scene.ts'

const IMAGE = 'spec.template.spec.containers[name=web].image'
const labelled = deployment(GOOD).replace(
  '  labels: { app: web }   # kept in one line on purpose',
  "  labels:\n    kustomize.toolkit.fluxcd.io/name: apps\n    kustomize.toolkit.fluxcd.io/namespace: '{{namespace}}'",
)

type Cleanup = Parameters<typeof openScene>[0]

/** The scene's own configuration as a file, with another kubeconfig where one is given. */
async function configFile(t: Cleanup, { config }: Scene, kubeconfig = config.kubeconfig): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-trace-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'config.yaml')
  const { repositories, renderer } = config
  await writeFile(file, JSON.stringify({ kubeconfig, renderer, repositories }))
  return file
}

async function trace(file: string, ...args: readonly string[]): Promise<TraceReport> {
  const { code, stdout, stderr } = await runHere(['trace', '--config', file, '--json', ...args])
  assert.equal(code, 0, stderr + stdout)
  return JSON.parse(stdout) as TraceReport
}

async function flux({ api, namespace, config }: Scene, url = config.repositories[0]?.url): Promise<void> {
  const metadata = { namespace, name: 'apps' }
  await api.create({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata,
    spec: { url, ref: { branch: 'main' } },
  } as KubeObject)
  await api.create({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata,
    spec: { path: './', suspend: true, sourceRef: { kind: 'GitRepository', name: 'apps' } },
    status: { inventory: { entries: [{ id: `${namespace}_web_apps_Deployment`, v: 'v1' }] } },
  } as KubeObject)
}

test('trace --config tells the line, the confirmed engine and what holds it; without a cluster, the line', async (t) => {
  const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': labelled } })
  await installEngineKinds(scene.config.kubeconfig)
  await flux(scene)
  const { namespace } = scene
  const report = await trace(await configFile(t, scene), `Deployment/${namespace}/web`, IMAGE)
  assert.equal(report.file, 'web.yaml')
  assert.equal(report.value, GOOD)
  assert.equal(report.engine, `Kustomization ${namespace}/apps`)
  assert.equal(report.confirmed, true)
  assert.deepEqual(report.chain[0], { what: 'engine', path: `Kustomization ${namespace}/apps` })
  assert.deepEqual(
    report.holds.map(({ reason }) => reason),
    ['Suspended'],
  )
  const alone = await trace(await configFile(t, scene, '/nowhere/kubeconfig'), `Deployment/${namespace}/web`)
  assert.deepEqual([alone.file, alone.line], [report.file, report.line])
  assert.equal(alone.confirmed, false)
  assert.match(alone.why ?? '', /the cluster could not be asked/)
})

test('trace --config never answers with a file of a repository that the engine does not follow', async (t) => {
  const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': labelled } })
  await installEngineKinds(scene.config.kubeconfig)
  await flux(scene, 'https://git.example/other/fleet.git')
  const file = await configFile(t, scene)
  const { code, stderr } = await runHere(['trace', '--config', file, `Deployment/${scene.namespace}/web`])
  assert.equal(code, 3)
  assert.match(stderr, /^SourceElsewhere: .*git\.example\/other\/fleet/)
})
