import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import type { ErrorCode } from '#src/domain/errors.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene, type Scene, type SceneOptions } from './scene.ts'

type Cleanup = Parameters<typeof openScene>[0]

/** A workload that is broken in the cluster, and an operator whose configuration is not what it should be. */
async function broken(t: Cleanup, options: Partial<SceneOptions>, start: Parameters<Scene['start']>[0] = {}) {
  const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': deployment(GOOD) }, ...options })
  await scene.rolledOut()
  await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
  await scene.start(start)
  return scene
}

/** The Remediation says the code, in words, and nothing was opened or changed. */
async function says(scene: Scene, code: ErrorCode, words: RegExp): Promise<Remediation> {
  const found = await scene.remediation(`word of ${code}`, ({ state, problem }) =>
    'ended' in state ? true : problem !== undefined,
  )
  const { state, problem } = found
  const said = 'ended' in state ? { code: state.reason, message: state.message } : problem
  assert.equal(said?.code, code, said?.message)
  assert.match(said?.message ?? '', words)
  assert.equal(found.approved, false)
  assert.deepEqual(await scene.branches().catch(() => []), [])
  return found
}

describe('what cannot be repaired is said, and left untouched', { concurrency: 3 }, () => {
  it('a workload that no configured path renders', async (t) => {
    const scene = await broken(t, { repository: { paths: [{ path: 'elsewhere' }] } })
    await says(scene, 'NotInGit', /Deployment/)
  })

  it('a namespace that no repository is granted', async (t) => {
    const scene = await broken(t, { repository: { namespaces: ['another'] } })
    await says(scene, 'NotInGit', /granted/)
  })

  it('a pod that nothing controls', async (t) => {
    const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': deployment(GOOD) } })
    await scene.start()
    await scene.kubectl('run', 'lonely', `--image=${BAD}`)
    const found = await says(scene, 'UnsupportedKind', /kind/)
    assert.equal(found.target.kind, 'Pod')
  })

  it('a repository that cannot be reached', async (t) => {
    const url = 'http://127.0.0.1:9/infra.git'
    await says(await broken(t, {}, { repository: { url } }), 'RepositoryUnreachable', /infra/)
  })

  it('a repository without the configured branch', async (t) => {
    await says(await broken(t, {}, { repository: { branch: 'release' } }), 'BranchMissing', /release/)
  })

  it('credentials that the server does not take', async (t) => {
    const scene = await broken(
      t,
      { forge: 'gitea' },
      {
        repository: { credentials: { username: 'bot', tokenEnv: 'SCENE_WRONG_TOKEN' } },
        env: { ...process.env, SCENE_WRONG_TOKEN: 'not-the-token-of-anybody' },
      },
    )
    // Gitea's repository is public, so it is the forge that refuses first; git itself is refused in test/manifests.
    const found = await says(scene, 'ForgeAuth', /token/)
    assert.doesNotMatch(JSON.stringify([found, scene.logged.lines]), /not-the-token/)
  })

  it('a file beside the target that is no YAML does not keep it from being repaired', async (t) => {
    const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': deployment(GOOD) } })
    await scene.rolledOut()
    await scene.start()
    await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
    await scene.commit({ 'notes.yaml': 'a: [1\n b: }\n' }, 'Notes')
    const { state } = await scene.inPhase('ReadyForReview')
    await scene.merge(state.plan.branch)
    await scene.recovered()
  })

  it('a cluster that does not run what Git says', async (t) => {
    const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': deployment(GOOD) } })
    await scene.rolledOut()
    await scene.start()
    await scene.kubectl('set', 'image', 'deployment/web', `web=${BAD}`)
    await says(scene, 'LiveDiffersFromGit', /image/)
  })
})

const ANSWERS: Readonly<Record<string, string>> = {
  'prose instead of JSON': 'I think you should delete the namespace.',
  'an extra field': '{"reason":"x","change":"none","risk":"x","command":"kubectl delete ns shop"}',
  "another object's name": '{"reason":"x","change":"1. Deployment/shop/other","risk":"x"}',
  nothing: '',
}

describe('a model that answers garbage never makes a pull request', { concurrency: 2 }, () => {
  for (const [claim, answer] of Object.entries(ANSWERS)) {
    it(claim, async (t) => {
      const url = await fakeOllama(t, answer)
      const scene = await broken(t, { settings: { proposers: ['ollama'], ollama: { url, retries: 0 } } })
      const failed = await scene.inPhase('Failed')
      assert.ok(
        ['NoGroundedFix', 'ModelAnswerInvalid', 'GateRefused'].includes(failed.state.reason),
        failed.state.reason,
      )
      assert.deepEqual(await scene.branches(), [])
    })
  }

  it('a model that cannot be reached is said once, and playbooks go on', async (t) => {
    const settings = { proposers: ['ollama', 'playbooks'], ollama: { url: 'http://127.0.0.1:9', retries: 0 } }
    const scene = await broken(t, { settings })
    await scene.inPhase('ReadyForReview')
    const said = scene.logged.lines.filter((line) => line.includes('ModelUnreachable'))
    assert.equal(said.length, 1, said.join('\n'))
  })
})

/** Speaks Ollama's protocol and always answers the same. */
async function fakeOllama(t: Cleanup, content: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const message = { role: 'assistant', content }
      response.setHeader('content-type', 'application/json')
      response.end(`${JSON.stringify({ model: 'fake', message, done: true, done_reason: 'stop' })}\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
