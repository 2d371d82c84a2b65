import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { asJson } from '#src/domain/kube-object.ts'
import { factsOf } from '#src/domain/remediation-conditions.ts'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene, type Scene } from './scene.ts'

const IMAGE = parseFieldPath('spec.template.spec.containers[name=web].image')
const WORSE = 'registry.example/shop/web:1.6.0-missing'

async function imageOf(scene: Scene): Promise<unknown> {
  return valueAt(asJson(await scene.workload()), IMAGE)
}

/** The newest incident, once there are so many and it waits for a review. */
async function reviewOf(scene: Scene, count: number) {
  return scene.eventually(`review of incident ${count}`, async () => {
    const all = await scene.store.list(scene.namespace)
    const waiting = all.find(({ state }) => state.phase === 'ReadyForReview')
    return all.length === count && waiting?.state.phase === 'ReadyForReview' ? waiting : undefined
  })
}

describe('a line that breaks again', { concurrency: 2 }, () => {
  for (const [forge, style] of [
    ['git', 'merge'],
    ['git', 'squash'],
    ['gitea', 'merge'],
  ] as const) {
    it(`after its fix was merged (${style}) gets another pull request, on ${forge}`, async (t) => {
      const scene = await openScene(t, { forge, files: { 'web.yaml': deployment(GOOD) } })
      await scene.rolledOut()
      await scene.start()
      await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
      const first = await scene.inPhase('ReadyForReview')
      await scene.merge(first.state.plan.branch, style)
      // People leave branches behind.
      if (style === 'squash')
        await scene.reviewer.git(
          'push',
          '--quiet',
          'origin',
          `${first.state.pullRequest.headSha}:refs/heads/${first.state.plan.branch}`,
        )
      await scene.recovered()

      await scene.developer.git('pull', '--quiet', 'origin', 'main')
      await scene.commitAndApply({ 'web.yaml': deployment(WORSE) }, 'Release 1.6.0')
      const second = await reviewOf(scene, 2)
      assert.equal(second.attempt, 2)
      const { plan, pullRequest } = factsOf(second.state)
      assert.equal(plan?.fixKey, first.state.plan.fixKey)
      assert.notEqual(pullRequest?.id, first.state.pullRequest.id)
      if (forge === 'gitea') {
        assert.equal(plan?.previous, first.state.pullRequest.url)
        const [open] = (await scene.gitea?.pullRequests('open')) ?? []
        assert.match(open?.body ?? '', /attempt 2 \(the one before: .*\/pulls\/\d+\)/)
      }
      await scene.merge(plan?.branch ?? '', style)
      await scene.eventually('second recovery', async () => {
        const all = await scene.store.list(scene.namespace)
        return all.every(({ state }) => state.phase === 'Applied' && state.recovered) || undefined
      })
      assert.equal(await imageOf(scene), GOOD)
    })
  }

  it('after it healed and its pull request was closed for that gets another pull request', async (t) => {
    const scene = await openScene(t, { forge: 'gitea', files: { 'web.yaml': deployment(GOOD) } })
    await scene.rolledOut()
    await scene.start()
    await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
    const first = await scene.inPhase('ReadyForReview')
    await scene.commitAndApply({ 'web.yaml': deployment(GOOD) }, 'Back to 1.4.2')
    await scene.inPhase('Resolved')

    await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0, once more')
    const second = await reviewOf(scene, 2)
    assert.equal(second.attempt, 2)
    assert.equal(factsOf(second.state).plan?.previous, first.state.pullRequest.url)
    assert.equal(await imageOf(scene), BAD)
  })
})
