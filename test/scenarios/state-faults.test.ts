import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deployment, GOOD } from './files.ts'
import { openScene } from './scene.ts'

const SERVICE = (app: string) => `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: ${app} # as the Deployment labels its pods
  ports:
    - name: http
      port: 80
      targetPort: 8080
`

describe('a fault of an object that is no pod, broken by a commit and repaired by a pull request', () => {
  it('a Service whose selector is misspelt', async (t) => {
    const scene = await openScene(t, {
      forge: 'git',
      files: { 'web.yaml': deployment(GOOD), 'service.yaml': SERVICE('web') },
    })
    await scene.rolledOut()
    await scene.start()
    await scene.commitAndApply({ 'service.yaml': SERVICE('wbe') }, 'Change it')
    const review = await scene.inPhase('ReadyForReview')
    assert.equal(review.fault.reason, 'ServiceWithoutPods')
    assert.deepEqual(review.target.kind, 'Service')
    await scene.merge(review.state.plan.branch)
    await scene.recovered()
    assert.equal(await scene.file('service.yaml'), SERVICE('web').trimEnd())
  })
})
