import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imagesFrom } from './images.ts'
import { openRealScene } from './real-scene.ts'
import { stopwatch } from './stopwatch.ts'
import { webDeployment } from './workload.ts'

const { good, missing, crashing, run } = imagesFrom(process.env)

test('a merged fix that does not help never counts as recovered, and says so', async (t) => {
  const web = (image: string) => webDeployment({ image, behaviour: run })
  const scene = await openRealScene(t, { 'web.yaml': web(good) }, { recoveryTimeout: '20s' })
  // Git has to know the image: what no version ever used is refused as coming from elsewhere.
  await scene.commit({ 'web.yaml': web(crashing) }, 'A release that nobody rolled out')
  await scene.commit({ 'web.yaml': web(good) }, 'Rather not')
  const watch = stopwatch()
  await scene.rolledOut()
  await scene.start()
  await scene.commitAndApply({ 'web.yaml': web(missing) }, 'A release that breaks')
  watch.stage('broken release applied')
  const { name, state } = await scene.inPhase('ReadyForReview')
  watch.stage('pull request opened')
  await scene.editBranch(state.plan.branch, 'web.yaml', (text) => text.replace(good, crashing))
  await scene.merge(state.plan.branch)
  watch.stage('edited and merged by a person')

  // The crash is a fault of its own, with a Remediation of its own.
  const failed = await scene.eventually('end of the Remediation', async () => {
    const found = (await scene.store.list(scene.namespace)).find((each) => each.name === name)
    return found !== undefined && 'ended' in found.state ? found : undefined
  })
  watch.stage('given up')
  t.diagnostic(watch.told())
  assert.ok(
    failed.state.phase === 'Failed' && failed.state.reason === 'NotRecovered',
    JSON.stringify(failed.state),
  )
  assert.equal(failed.state.ended.applied?.by, 'aiops-operator', 'what was merged was applied')
  assert.equal(failed.timeline.recovered, undefined)
  const template = await scene.kubectl(
    'get',
    'deployment/web',
    '-o',
    'jsonpath={.spec.template.spec.containers[0].image}',
  )
  assert.equal(template, crashing)
  assert.ok(!scene.logged.lines.some((line) => line.includes('"recovered":true')))
})
