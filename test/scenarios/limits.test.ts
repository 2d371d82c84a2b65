import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene } from './scene.ts'

const second = (image: string) => deployment(image).replaceAll('web', 'api')

describe('limits of open pull requests', () => {
  it('what finds no room waits and says so, and goes on once there is room', async (t) => {
    const scene = await openScene(t, {
      forge: 'gitea',
      files: { 'web.yaml': deployment(GOOD), 'api.yaml': second(GOOD.replace('web', 'api')) },
      repository: { pullRequest: { maxOpen: 1 } },
    })
    await scene.rolledOut('web')
    await scene.rolledOut('api')
    await scene.start()
    await scene.commit({ 'web.yaml': deployment(BAD) }, 'Release web')
    await scene.commitAndApply({ 'api.yaml': second(BAD.replace('web', 'api')) }, 'Release api')
    const inPhase = async (phase: string) =>
      (await scene.store.list(scene.namespace)).filter(({ state }) => state.phase === phase)
    const waiting = await scene.eventually('one that waits', async () => {
      const [held] = (await inPhase('Proposed')).filter(({ problem }) => problem?.code === 'PullRequestLimit')
      const open = await inPhase('ReadyForReview')
      return held !== undefined && open.length === 1 ? held : undefined
    })
    assert.match(waiting.problem?.message ?? '', /limit of 1 open pull requests/)
    assert.equal((await scene.gitea?.pullRequests('open'))?.length, 1)

    const [open] = await inPhase('ReadyForReview')
    assert.ok(open?.state.phase === 'ReadyForReview')
    await scene.reject(open.state.plan.branch)
    await scene.eventually('the other pull request', async () => {
      const now = await scene.store.read(scene.namespace, waiting.name)
      return now?.state.phase === 'ReadyForReview' || undefined
    })
  })
})
