import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BAD, deployment, GOOD } from './files.ts'
import { type GiteaPeople, openScene, type Scene } from './scene.ts'

type Cleanup = Parameters<typeof openScene>[0]

/** A pull request on Gitea, and who talks there. */
async function reviewed(t: Cleanup) {
  const scene = await openScene(t, { forge: 'gitea', files: { 'web.yaml': deployment(GOOD) } })
  await scene.rolledOut()
  await scene.start()
  await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
  const review = await scene.inPhase('ReadyForReview')
  const { gitea } = scene
  assert.ok(gitea)
  return { scene, gitea, review, id: review.state.pullRequest.id }
}

/** Our answers, once there are so many. */
async function answers(
  scene: Scene,
  gitea: GiteaPeople,
  id: string,
  count: number,
): Promise<readonly string[]> {
  return scene.eventually(`${count} answers`, async () => {
    const ours = (await gitea.comments(id)).filter((body) => body.includes('<!-- aiops-operator:answer-'))
    return ours.length >= count ? ours : undefined
  })
}

describe('talking to the operator in comments', { concurrency: 2 }, () => {
  it('each command is answered once, across a restart; who may not push is told so, and what is unknown explained', async (t) => {
    const { scene, gitea, id } = await reviewed(t)
    await gitea.comment(id, '/aiops explain')
    const [explained = ''] = await answers(scene, gitea, id, 1)
    assert.match(explained, /\*\*What is broken\.\*\* `Deployment [^`]+\/web`/)
    assert.match(explained, /\| grounding \| passed \|/)

    await gitea.comment(id, '/aiops reject', await gitea.stranger())
    const forbidden = (await answers(scene, gitea, id, 2))[1] ?? ''
    assert.match(forbidden, /only people who may push/)
    assert.equal((await scene.inPhase('ReadyForReview')).state.pullRequest.id, id)

    await scene.stop()
    await scene.start()
    await gitea.comment(id, '/aiops sing')
    const all = await answers(scene, gitea, id, 3)
    assert.match(all[2] ?? '', /I do not know `sing`/)
    assert.equal(all.length, 3)
    assert.equal(new Set(all.map((body) => /answer-(\d+)/.exec(body)?.[1])).size, 3)
  })

  it('a retry closes the pull request and its hint reaches the next attempt as evidence', async (t) => {
    const { scene, gitea, review, id } = await reviewed(t)
    await gitea.comment(id, '/aiops retry the last good image is 1.4.2')
    await answers(scene, gitea, id, 1)
    const next = await scene.eventually('the next attempt', async () =>
      (await scene.store.list(scene.namespace)).find(({ name }) => name !== review.name),
    )
    assert.equal(next.evidence['hint'], 'the last good image is 1.4.2')
    const before = await scene.store.read(scene.namespace, review.name)
    assert.equal(before?.state.phase === 'Resolved' && before.state.reason, 'Retried')
    const again = await scene.eventually('another pull request', async () => {
      const now = await scene.store.read(scene.namespace, next.name)
      return now?.state.phase === 'ReadyForReview' ? now.state.pullRequest.id : undefined
    })
    assert.notEqual(again, id)
    const first = (await gitea.pullRequests()).find(({ number }) => String(number) === id)
    assert.equal(first?.state, 'closed')
  })

  it('a rejection keeps its reason, closes and deletes the branch, and a retry takes it back', async (t) => {
    const { scene, gitea, review, id } = await reviewed(t)
    await gitea.comment(id, '/aiops reject we roll forward @everyone')
    const rejected = await scene.inPhase('Rejected')
    assert.match(rejected.state.message, /^maintainer rejected it: we roll forward/)
    await answers(scene, gitea, id, 1)
    assert.deepEqual(await scene.branches(), [])

    await gitea.comment(id, '/aiops retry')
    await answers(scene, gitea, id, 2)
    const next = await scene.eventually('the next attempt', async () =>
      (await scene.store.list(scene.namespace)).find(({ name }) => name !== review.name),
    )
    assert.equal(next.fault.key, review.fault.key)
  })

  it('a snooze says until when, and is kept in the Remediation', async (t) => {
    const { scene, gitea, id } = await reviewed(t)
    const before = Date.now()
    await gitea.comment(id, '/aiops snooze 7d')
    const { state } = await scene.inPhase('Rejected')
    const days = ((state.until ?? 0) - before) / 86_400_000
    assert.ok(days > 6.9 && days < 7.1, String(days))
    const [answer = ''] = await answers(scene, gitea, id, 1)
    assert.match(answer, /snoozed until \d{4}-\d\d-\d\d/)
  })
})
