import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { asJson } from '#src/domain/kube-object.ts'
import { API_VERSION, HINT_ANNOTATION } from '#src/domain/remediation.ts'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene, type Scene, type SceneOptions } from './scene.ts'

type Cleanup = Parameters<typeof openScene>[0]

const IMAGE = parseFieldPath('spec.template.spec.containers[name=web].image')
const SECRET = 'a-webhook-secret-of-the-tests'

async function imageOf(scene: Scene): Promise<unknown> {
  return valueAt(asJson(await scene.workload()), IMAGE)
}

/** A workload broken by a commit, and the operator's pull request for it. */
async function reviewed(t: Cleanup, options: Partial<SceneOptions> = {}) {
  const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': deployment(GOOD) }, ...options })
  await scene.rolledOut()
  await scene.start({ env: { ...process.env, SCENE_WEBHOOK_SECRET: SECRET } })
  await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
  const review = await scene.inPhase('ReadyForReview')
  return { scene, review, branch: review.state.plan.branch }
}

describe('nothing is applied that was not merged', { concurrency: 3 }, () => {
  it('approved set by hand is taken back and applies nothing', async (t) => {
    const { scene, review } = await reviewed(t)
    await scene.store.setApproved(review, true)
    const after = await scene.remediation(
      'approved taken back',
      ({ approved, resourceVersion }) => !approved && resourceVersion !== review.resourceVersion,
    )
    assert.equal(after.state.phase, 'ReadyForReview')
    assert.equal(await imageOf(scene), BAD)
  })

  it('an approval that a stranger wrote into the status applies nothing', async (t) => {
    const { scene, review } = await reviewed(t)
    const { plan, pullRequest } = review.state
    const approval = {
      repositoryId: pullRequest.repositoryId,
      pullRequest: pullRequest.id,
      mergeCommit: pullRequest.headSha,
      mergedBy: 'nobody',
      renderedDigest: '0'.repeat(64),
    }
    await scene.eventually('forged status', async () =>
      scene.store
        .read(scene.namespace, review.name)
        .then(
          (now) =>
            now &&
            scene.store.write(now, { ...now, state: { phase: 'Approved', plan, pullRequest, approval } }),
        )
        .catch(() => undefined),
    )
    const failed = await scene.inPhase('Failed')
    assert.equal(failed.state.reason, 'ApprovalInvalid')
    assert.equal(await imageOf(scene), BAD)
  })

  it("a forged delivery is refused, a genuine one that lies only makes us look, and Gitea's own tells of the merge", async (t) => {
    const { scene, review, branch } = await reviewed(t, {
      forge: 'gitea',
      // Nothing but a webhook makes the operator look at the pull request within the hour.
      settings: {
        webhook: { listen: '127.0.0.1:0', secretEnv: ['SCENE_WEBHOOK_SECRET'] },
        pollInterval: '1h',
      },
    })
    const { repository } = review.state.plan.source
    const lie = JSON.stringify({
      action: 'closed',
      repository: { id: 1, full_name: scene.gitea?.repository },
      pull_request: { number: Number(review.state.pullRequest.id), merged: true, head: { ref: branch } },
    })
    assert.equal(await scene.deliver(lie, `sha256=${'0'.repeat(64)}`), 401)
    assert.equal(await scene.deliver(lie, sign(lie)), 202)
    await scene.eventually('hint', () => hintOn(scene, review.name))
    assert.equal((await scene.inPhase('ReadyForReview')).state.plan.source.repository, repository)
    assert.equal(await imageOf(scene), BAD)

    await scene.gitea?.call('POST', `/repos/${scene.gitea.repository}/hooks`, {
      type: 'gitea',
      active: true,
      events: ['pull_request'],
      config: { url: scene.webhookUrl, content_type: 'json', secret: SECRET },
    })
    await scene.merge(branch)
    await scene.inPhase('Applied')
    assert.equal(await imageOf(scene), GOOD)
  })

  it('a branch of our name that somebody planted is never adopted', async (t) => {
    const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': deployment(GOOD) } })
    await scene.rolledOut()
    await scene.start({ repository: { mode: 'observe' } })
    await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
    const { state } = await scene.inPhase('Proposed')
    await scene.stop()
    const { branch } = state.plan
    await scene.developer.git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`)
    await scene.editBranch(branch, 'web.yaml', (text) => text.replace('1.5.0-missing', '6.6.6'))
    await scene.start()
    const failed = await scene.inPhase('Failed')
    assert.equal(failed.state.reason, 'PullRequestForeign')
    assert.match(await scene.file('web.yaml', `origin/${branch}`), /6\.6\.6/)
    assert.equal(await imageOf(scene), BAD)
  })

  it('closed unmerged is Rejected, and the same fault is left alone', async (t) => {
    const { scene, branch } = await reviewed(t)
    await scene.reject(branch)
    const rejected = await scene.inPhase('Rejected')
    assert.equal(rejected.approved, false)
    assert.equal(await imageOf(scene), BAD)
    // The next look at the same fault finds it snoozed.
    const snoozed = () => scene.logged.lines.some((line) => line.includes('fault is snoozed'))
    await scene.eventually('a look at the snoozed fault', async () => snoozed() || undefined)
    assert.equal((await scene.store.list(scene.namespace)).length, 1)
  })
})

async function hintOn(scene: Scene, name: string): Promise<string | undefined> {
  const ref = { apiVersion: API_VERSION, kind: 'Remediation', namespace: scene.namespace, name }
  return (await scene.api.get(ref))?.metadata.annotations?.[HINT_ANNOTATION]
}

function sign(body: string): string {
  return `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`
}

describe('what is applied is what was merged', { concurrency: 3 }, () => {
  for (const style of ['squash', 'rebase'] as const) {
    it(`a ${style} merge`, async (t) => {
      const { scene, branch } = await reviewed(t)
      await scene.merge(branch, style)
      await scene.recovered()
      assert.equal(await imageOf(scene), GOOD)
    })
  }

  it("a reviewer's own edit of the branch", async (t) => {
    const { scene, branch } = await reviewed(t)
    await scene.editBranch(branch, 'web.yaml', (text) => text.replace('1.4.2', '1.4.9'))
    await scene.merge(branch)
    await scene.recovered()
    assert.equal(await imageOf(scene), 'registry.example/shop/web:1.4.9')
  })

  it('a merged edit that makes the workload privileged is not applied by us', async (t) => {
    const { scene, branch } = await reviewed(t)
    await scene.editBranch(branch, 'web.yaml', (text) =>
      text.replace('        ports:', '        securityContext: { privileged: true }\n        ports:'),
    )
    await scene.merge(branch)
    const failed = await scene.inPhase('Failed')
    assert.equal(failed.state.reason, 'GateRefused')
    assert.equal(await imageOf(scene), BAD)
  })

  it('a revert before the apply is followed', async (t) => {
    const { scene, branch } = await reviewed(t, { repository: { mode: 'propose' } })
    await scene.merge(branch)
    const held = await scene.remediation(
      'a hold',
      ({ state }) => state.phase === 'Approved' && state.hold !== undefined,
    )
    assert.equal(held.state.phase === 'Approved' && held.state.hold?.reason, 'ModePropose')
    await scene.commit({ 'web.yaml': deployment(BAD) }, 'Revert "Merge the fix"')
    await scene.inPhase('Reverted')
    assert.equal(await imageOf(scene), BAD)
  })

  it('what an engine claims is held, and recorded as applied once the engine made it live', async (t) => {
    const { scene, branch } = await reviewed(t)
    await scene.kubectl('label', 'deployment/web', 'kustomize.toolkit.fluxcd.io/name=shop')
    await scene.merge(branch)
    const held = await scene.remediation(
      'a hold',
      ({ state }) => state.phase === 'Approved' && state.hold !== undefined,
    )
    assert.equal(held.state.phase === 'Approved' && held.state.hold?.reason, 'EngineUnknown')
    assert.equal(await imageOf(scene), BAD)
    await scene.applyFromGit()
    const done = await scene.recovered()
    assert.equal(done.state.phase === 'Applied' && done.state.applied.by, 'other')
  })
})

describe('the world goes on without us', { concurrency: 3 }, () => {
  it('a workload that heals closes the pull request and deletes the branch', async (t) => {
    const { scene } = await reviewed(t)
    await scene.commitAndApply({ 'web.yaml': deployment(GOOD) }, 'Back to 1.4.2')
    const resolved = await scene.inPhase('Resolved')
    assert.ok(['Healed', 'Superseded'].includes(resolved.state.reason), resolved.state.reason)
    assert.deepEqual(await scene.branches(), [])
  })

  it('a fault that recovers within the settle time is never seen', async (t) => {
    const scene = await openScene(t, {
      forge: 'git',
      files: { 'web.yaml': deployment(GOOD) },
      settings: { settle: '20s' },
    })
    await scene.rolledOut()
    await scene.start()
    await scene.commitAndApply(
      { 'web.yaml': deployment('registry.example/shop/web:1.5.0-transient') },
      'Release',
    )
    await scene.rolledOut()
    assert.deepEqual(await scene.store.list(scene.namespace), [])
  })

  it('a workload that asks to be ignored is left alone', async (t) => {
    const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': deployment(GOOD) } })
    await scene.rolledOut()
    await scene.kubectl('annotate', 'deployment/web', 'aiops-operator.dev/ignore=true')
    await scene.start()
    await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
    await scene.eventually(
      'failing pods',
      async () => (await scene.kubectl('get', 'pods')).includes('ImagePullBackOff') || undefined,
    )
    assert.deepEqual(await scene.store.list(scene.namespace), [])
  })
})
