import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { asJson } from '#src/domain/kube-object.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import { conditionsOf, factsOf } from '#src/domain/remediation-conditions.ts'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene, type Scene, type SceneOptions } from './scene.ts'

type Cleanup = Parameters<typeof openScene>[0]

const IMAGE = parseFieldPath('spec.template.spec.containers[name=web].image')
const USELESS = 'registry.example/shop/web:1.4.3-missing'

async function imageOf(scene: Scene): Promise<unknown> {
  return valueAt(asJson(await scene.workload()), IMAGE)
}

/** A reviewer turned the fix into one that does not help, and merged it. */
async function merged(t: Cleanup, options: Partial<SceneOptions> = {}) {
  const scene = await openScene(t, {
    forge: 'git',
    files: { 'web.yaml': deployment(GOOD) },
    settings: { recoveryTimeout: '3s' },
    ...options,
  })
  await scene.rolledOut()
  await scene.start()
  await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
  const review = await scene.inPhase('ReadyForReview')
  const { branch } = review.state.plan
  await scene.editBranch(branch, 'web.yaml', (text) => text.replace('1.4.2', '1.4.3-missing'))
  await scene.merge(branch)
  return { scene, name: review.name, review }
}

async function one(
  scene: Scene,
  name: string,
  what: string,
  condition: (found: Remediation) => boolean,
): Promise<Remediation> {
  return scene.eventually(what, async () => {
    const found = await scene.store.read(scene.namespace, name)
    return found && condition(found) ? found : undefined
  })
}

describe('a merged fix that does not help', { concurrency: 2 }, () => {
  for (const forge of ['git', 'gitea'] as const) {
    it(`never reaches Recovered, and is taken back by a pull request that needs a merge of its own, on ${forge}`, async (t) => {
      const { scene, name, review } = await merged(t, { forge })
      const failed = await one(scene, name, 'an end', ({ state }) => 'ended' in state)
      assert.equal('ended' in failed.state && failed.state.reason, 'NotRecovered')
      assert.equal(failed.timeline.recovered, undefined)

      const waits = ({ state }: Remediation) => state.phase === 'ReadyForReview'
      const undo = await one(scene, `${name}-revert`, 'a pull request that takes it back', waits)
      assert.equal(undo.reverts, name)
      assert.equal(undo.approved, false)
      const { plan, pullRequest } = factsOf(undo.state)
      assert.deepEqual(plan?.proposal.changes, [
        { op: 'set', field: 'spec.template.spec.containers[name=web].image', value: BAD },
      ])
      assert.ok(plan?.proposal.rootCause.includes(review.state.pullRequest.url))
      assert.equal(await imageOf(scene), USELESS, 'nothing is taken back before the merge')
      if (forge === 'gitea') {
        const comments = await scene.gitea?.call(
          'GET',
          `/repos/${scene.gitea.repository}/issues/${review.state.pullRequest.id}/comments`,
        )
        assert.match(JSON.stringify(comments), /A pull request that takes the change back follows/)
        const open = (await scene.gitea?.pullRequests('open')) ?? []
        assert.deepEqual(
          open.map(({ number }) => String(number)),
          [pullRequest?.id],
        )
      }

      await scene.merge(plan?.branch ?? '')
      const done = await one(scene, undo.name, 'the old state', ({ state }) => state.phase === 'Applied')
      assert.equal(await imageOf(scene), BAD)
      const recovered = conditionsOf(done, [], 1, 0).find(({ type }) => type === 'Recovered')
      assert.equal(recovered?.['reason'], 'TakenBack')
      // The fault is back, and the fix that failed is not proposed for it again.
      await scene.eventually('the fault snoozed', async () =>
        scene.logged.lines.some((line) => line.includes('fault is snoozed')) ? true : undefined,
      )
      assert.equal((await scene.store.list(scene.namespace)).length, 2)
    })
  }

  it('is not taken back once somebody else has changed the line in Git', async (t) => {
    const { scene, name } = await merged(t, { settings: { recoveryTimeout: '8s' } })
    await one(scene, name, 'applied', ({ state }) => state.phase === 'Applied')
    await scene.developer.git('pull', '--quiet', 'origin', 'main')
    await scene.commit({ 'web.yaml': deployment('registry.example/shop/web:1.6.0') }, 'Release 1.6.0')
    await one(scene, name, 'an end', ({ state }) => 'ended' in state)
    assert.equal(await scene.store.read(scene.namespace, `${name}-revert`), undefined)
  })
})
