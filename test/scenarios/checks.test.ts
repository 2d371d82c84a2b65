import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene } from './scene.ts'

const DIFF = 'aiops-operator/diff'
const DRY_RUN = 'aiops-operator/dry-run'

describe('checks on commits', () => {
  it("report on our head, on a reviewer's edit of it, and on everybody else's pull request", async (t) => {
    const scene = await openScene(t, { forge: 'gitea', files: { 'web.yaml': deployment(GOOD) } })
    const { gitea } = scene
    assert.ok(gitea)
    await scene.rolledOut()
    await scene.start()
    await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
    const { state } = await scene.inPhase('ReadyForReview')
    const statuses = (sha: string, isDone: (all: ReadonlyMap<string, string>) => boolean) =>
      scene.eventually(`statuses on ${sha}`, async () => {
        const all = await gitea.statuses(sha)
        return isDone(all) ? all : undefined
      })
    const both = (all: ReadonlyMap<string, string>) => all.has(DIFF) && all.has(DRY_RUN)

    const ours = await statuses(state.pullRequest.headSha, both)
    assert.match(ours.get(DIFF) ?? '', /^success: 1 field of Deployment .*\/web changes, and nothing else$/)
    assert.match(ours.get(DRY_RUN) ?? '', /^success: /)

    const edited = await scene.editBranch(state.plan.branch, 'web.yaml', (text) =>
      text.replace('        ports:', '        securityContext: { privileged: true }\n        ports:'),
    )
    const refused = await statuses(edited, both)
    assert.match(refused.get(DIFF) ?? '', /^failure: /)

    const { developer } = scene
    await developer.checkOut('main')
    await developer.git('checkout', '--quiet', '-b', 'docs')
    const theirs = await developer.commit('README.txt', 'Read me', 'Docs')
    await developer.git('push', '--quiet', 'origin', 'docs')
    await gitea.call('POST', `/repos/${gitea.repository}/pulls`, {
      head: 'docs',
      base: 'main',
      title: 'Docs',
    })
    const passed = await statuses(theirs, both)
    assert.match(passed.get(DIFF) ?? '', /^success: Not a pull request of aiops-operator/)
  })
})
