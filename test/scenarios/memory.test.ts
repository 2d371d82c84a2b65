import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeProvider } from '../propose/llm/fake-provider.ts'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene } from './scene.ts'

const EDITED = 'registry.example/shop/web:1.4.9'

test('a fault that comes back gets the fix as people had edited it, without a model', async (t) => {
  const model = await fakeProvider('ollama', 'not to be asked')
  t.after(model.close)
  const scene = await openScene(t, {
    forge: 'git',
    files: { 'web.yaml': deployment(GOOD) },
    settings: { proposers: ['memory', 'playbooks', 'ollama'], ollama: { url: model.url } },
  })
  await scene.rolledOut()
  await scene.start()
  await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
  const first = await scene.inPhase('ReadyForReview')
  assert.equal(first.state.plan.proposal.proposer, 'playbook/image')
  const { branch } = first.state.plan
  await scene.editBranch(branch, 'web.yaml', (text) => text.replace(GOOD, EDITED))
  await scene.merge(branch)
  await scene.recovered()

  await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0, again')
  const again = await scene.eventually('a second pull request', async () =>
    (await scene.store.list(scene.namespace)).find(
      ({ name, state }) => name !== first.name && state.phase === 'ReadyForReview',
    ),
  )
  assert.ok(again.state.phase === 'ReadyForReview')
  const { proposal, verdicts, faultShape } = again.state.plan
  assert.equal(proposal.proposer, 'memory')
  assert.deepEqual(proposal.changes, [
    { op: 'set', field: 'spec.template.spec.containers[name=web].image', value: EDITED },
  ])
  assert.equal(faultShape, first.state.plan.faultShape)
  assert.ok(verdicts.length >= 7 && verdicts.every(({ verdict }) => verdict === 'passed'))
  assert.equal(model.requests.length, 0)
})
