import assert from 'node:assert/strict'
import { it } from 'node:test'
import { configMap, deployment, GOOD } from './files.ts'
import { openScene } from './scene.ts'

const workload = (name: string, map: string) =>
  deployment(GOOD, { main: `        envFrom:\n        - configMapRef: { name: ${map} }\n` })
    .replaceAll('app: web', `app: ${name}`)
    .replace('name: web\n  labels', `name: ${name}\n  labels`)

const all = (map: string) =>
  Object.fromEntries(['api', 'web', 'worker'].map((name) => [`${name}.yaml`, workload(name, map)]))

it('a ConfigMap that is missing behind three workloads is one Remediation, which names the others', async (t) => {
  const files = { 'config.yaml': configMap('admission-config'), ...all('admission-config') }
  const scene = await openScene(t, { forge: 'git', files })
  for (const name of ['api', 'web', 'worker']) await scene.rolledOut(name)
  await scene.commitAndApply(all('admissing-config'), 'Rename the settings')
  await scene.eventually('three failing workloads', async () => {
    const pods = await scene.kubectl('get', 'pods', '-o', 'json')
    return pods.split('"CreateContainerConfigError"').length > 3 || undefined
  })
  await scene.start()
  const review = await scene.inPhase('ReadyForReview')
  assert.equal(review.target.name, 'api')
  const { affected } = review.evidence['finding'] as { affected: readonly string[] }
  assert.deepEqual(
    affected.map((each) => each.split('/')[1]),
    ['web', 'worker'],
  )
  await scene.merge(review.state.plan.branch)
  // What the first fix does not reach is next, one at a time.
  const next = await scene.eventually('the next one', async () =>
    (await scene.store.list(scene.namespace)).find(({ target }) => target.name === 'web'),
  )
  const first = (await scene.store.list(scene.namespace)).find(({ name }) => name === review.name)
  assert.ok(first?.state.phase === 'Applied')
  assert.equal(next.fault.reason, 'CreateContainerConfigError')
})
