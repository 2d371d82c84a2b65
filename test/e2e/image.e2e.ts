import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imagesFrom } from './images.ts'
import { breakAndRepair, openRealScene, runningImages } from './real-scene.ts'
import { webDeployment } from './workload.ts'

const { good, missing, run } = imagesFrom(process.env)
const IMAGE = 'spec.template.spec.containers[name=web].image'

test('a real image that cannot be pulled is repaired through a pull request', async (t) => {
  const healthy = webDeployment({ image: good, behaviour: run })
  const scene = await openRealScene(t, { 'web.yaml': healthy })
  const { plan, done } = await breakAndRepair(t, scene, {
    'web.yaml': webDeployment({ image: missing, behaviour: run }),
  })

  assert.match(done.fault.reason, /^(ErrImagePull|ImagePullBackOff)$/)
  assert.deepEqual(plan.proposal.changes, [{ op: 'set', field: IMAGE, value: good }])
  assert.equal(await scene.file('web.yaml'), healthy.trimEnd(), 'Git is as it was before the bad release')
  assert.deepEqual(await runningImages(scene), [good])
  assert.equal(done.approved, true)
})
