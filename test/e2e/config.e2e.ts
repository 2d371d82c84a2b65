import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imagesFrom } from './images.ts'
import { breakAndRepair, openRealScene, runningImages } from './real-scene.ts'
import { greetings, webDeployment } from './workload.ts'

const { good, run } = imagesFrom(process.env)

test('a container that cannot be configured for a mistyped ConfigMap gets the name that Git knows', async (t) => {
  const web = (configMap: string) => webDeployment({ image: good, behaviour: run, configMap })
  const scene = await openRealScene(t, {
    'config.yaml': greetings('web-greetings'),
    'web.yaml': web('web-greetings'),
  })
  const { plan, done } = await breakAndRepair(t, scene, { 'web.yaml': web('web-greetngs') })

  assert.equal(done.fault.reason, 'CreateContainerConfigError')
  assert.deepEqual(
    plan.proposal.changes.map((change) => change.op === 'set' && change.value),
    ['web-greetings'],
  )
  assert.equal(await scene.file('web.yaml'), web('web-greetings').trimEnd())
  assert.deepEqual(await runningImages(scene), [good])
})
