import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BAD, deployment, GOOD } from './files.ts'
import { Executioner, type KillPoint } from './kill-points.ts'
import { openScene, type Scene } from './scene.ts'

type Cleanup = Parameters<typeof openScene>[0]

async function brokenScene(t: Cleanup): Promise<Scene> {
  const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': deployment(GOOD) } })
  await scene.rolledOut()
  await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
  return scene
}

/** A person merges the fix as soon as there is one, whatever becomes of the operator meanwhile. */
async function mergeWhenOpened(scene: Scene): Promise<void> {
  const branch = await scene.eventually('branch of the operator', async () => (await scene.branches())[0])
  await scene.merge(branch)
}

/** Calls of one whole incident, in the order in which the code makes them. */
async function clean(t: Cleanup): Promise<readonly KillPoint[]> {
  const scene = await brokenScene(t)
  const watcher = new Executioner()
  await scene.start({ around: watcher.around })
  await mergeWhenOpened(scene)
  await scene.recovered()
  return watcher.calls
}

async function killed(t: Cleanup, point: KillPoint, when: 'before' | 'after'): Promise<void> {
  const scene = await brokenScene(t)
  const executioner = new Executioner({ point, when })
  await scene.start({ around: executioner.around })
  const merging = mergeWhenOpened(scene)
  await executioner.died
  await scene.abandon()
  await scene.start()
  await merging
  await scene.recovered()
  await scene.stop()
  const merges = await scene.developer.git('log', '--merges', '--format=%H', 'origin/main')
  assert.equal((await scene.branches()).length, 1, 'one branch, so one pull request')
  assert.equal(merges.split('\n').length, 1)
  assert.equal(await scene.file('web.yaml'), deployment(GOOD).trimEnd())
  const live = await scene.workload()
  // Created, broken by a person, repaired by us: each apply of ours would be one more.
  assert.equal(live.metadata.generation, 3, 'one apply')
  assert.equal((await scene.store.list(scene.namespace)).length, 1, 'one Remediation')
}

test('an operator that is killed between any two calls', { concurrency: 4 }, async (t) => {
  const points = await clean(t)
  for (const method of [
    'remediations.create',
    'manifests.push',
    'pullRequests.ensureOpen',
    'executor.apply',
  ]) {
    assert.ok(points.includes(`${method}#1`), `${method} was never called: ${points.join(' ')}`)
  }
  const deaths = points.flatMap((point) => (['before', 'after'] as const).map((when) => ({ point, when })))
  await Promise.all(
    deaths.map(({ point, when }) =>
      t.test(`and started again ${when} ${point}: one pull request, one apply`, (each) =>
        killed(each, point, when),
      ),
    ),
  )
})
