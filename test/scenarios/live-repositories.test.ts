import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { connectToCluster } from '#src/cluster/connect.ts'
import { conditionIn } from '#src/domain/condition.ts'
import type { ErrorCode } from '#src/domain/errors.ts'
import type { JsonObject } from '#src/domain/json.ts'
import { asJson, member } from '#src/domain/kube-object.ts'
import { API_VERSION } from '#src/domain/remediation.ts'
import { MANIFEST_REPOSITORY_KIND } from '#src/domain/repository-status.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { WatchedRepositories } from '#src/watch-repositories.ts'
import { recordingLog } from '../forge/recording-log.ts'
import { sharedControlPlane } from '../servers/shared.ts'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene, type Scene, type StartOptions } from './scene.ts'

type Cleanup = Parameters<typeof openScene>[0]

const FILES = { 'web.yaml': deployment(GOOD) }

/** A scene whose operator runs, and whose workload is then broken. */
async function broken(t: Cleanup, start: StartOptions = { repository: 'none' }): Promise<Scene> {
  const scene = await openScene(t, { forge: 'git', files: FILES })
  await scene.rolledOut()
  await scene.start(start)
  await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
  return scene
}

function ref({ namespace }: Scene, name = namespace) {
  return { apiVersion: API_VERSION, kind: MANIFEST_REPOSITORY_KIND, name }
}

/** What an administrator applies; the scene's own repository unless told otherwise. */
async function add(t: Cleanup, scene: Scene, spec: JsonObject = {}, name = scene.namespace): Promise<void> {
  const { apiVersion, kind } = ref(scene)
  const { namespace, api, config } = scene
  t.after(() => api.remove(ref(scene, name)))
  await api.create({
    apiVersion,
    kind,
    metadata: { name, labels: { scene: namespace } },
    spec: {
      url: config.repositories[0]?.url ?? '',
      forge: { type: 'git', allowUnreviewed: true },
      paths: [{ path: '.', namespace }],
      namespaces: [namespace],
      ...spec,
    },
  })
}

interface Said {
  readonly reason: unknown
  readonly message: string
  readonly revision: unknown
}

/** The status once its condition Ready is about the present spec and says this. */
async function ready(scene: Scene, status: 'True' | 'False', name = scene.namespace): Promise<Said> {
  return scene.eventually(`Ready=${status} of ${name}`, async () => {
    const object = await scene.api.get(ref(scene, name))
    const now = object && asJson(object)['status']
    const condition = conditionIn(member(now, 'conditions'), 'Ready')
    if (member(now, 'observedGeneration') !== object?.metadata.generation) return undefined
    if (condition?.['status'] !== status) return undefined
    const { reason, message } = condition
    return { reason, message: String(message), revision: member(now, 'revision') }
  })
}

async function stalled(scene: Scene, code: ErrorCode, words: RegExp): Promise<void> {
  const { problem } = await scene.remediation(`problem ${code}`, (each) => each.problem?.code === code)
  assert.match(problem?.message ?? '', words)
}

describe('ManifestRepositories of the running operator', { concurrency: 3 }, () => {
  it('one that is added leads to the pull request that a fault was waiting for', async (t) => {
    const scene = await broken(t)
    await stalled(scene, 'NotInGit', /no configured repository is granted/)
    await add(t, scene)
    const { state } = await scene.inPhase('ReadyForReview')
    assert.equal(state.plan.source.repository, scene.namespace)
    const { reason, revision, message } = await ready(scene, 'True')
    assert.equal(reason, 'Fetched')
    assert.equal(revision, state.plan.source.revision)
    assert.match(message, /^main is at [0-9a-f]{12}; mode apply in scene-/)
    await scene.merge(state.plan.branch)
    await scene.recovered()
    const row = await scene.kubectl('get', 'manifestrepositories', scene.namespace)
    assert.match(row, /READY +REASON +AGE\n.* main +git +apply +True +Fetched /)
  })

  it('one that is changed counts as it is now: observed first, then proposed, and applied by others', async (t) => {
    const scene = await broken(t)
    await add(t, scene, { mode: 'observe' })
    await scene.inPhase('Proposed')
    await ready(scene, 'True')
    assert.deepEqual(await scene.branches(), [])
    await scene.api.mergePatch(ref(scene), { spec: { mode: 'propose' } })
    const { state } = await scene.inPhase('ReadyForReview')
    await scene.merge(state.plan.branch)
    const held = await scene.remediation(
      'hold',
      (each) => each.state.phase === 'Approved' && !!each.state.hold,
    )
    assert.ok(held.state.phase === 'Approved' && held.state.hold?.reason === 'ModePropose')
  })

  it('one that is removed keeps its pull request waiting, leaves nothing on disk, and may come back', async (t) => {
    const scene = await broken(t)
    await add(t, scene)
    const { state } = await scene.inPhase('ReadyForReview')
    assert.equal((await readdir(scene.config.stateDir)).length, 1)
    await scene.api.remove(ref(scene))
    await stalled(scene, 'RepositoryClosed', /deleted|not configured any more/)
    await scene.eventually('an empty state folder', async () =>
      (await readdir(scene.config.stateDir)).length === 0 ? true : undefined,
    )
    assert.deepEqual(
      await scene.branches(),
      [state.plan.branch],
      'what stands on the forge is left to people',
    )
    await add(t, scene)
    await scene.remediation('no problem any more', ({ problem }) => problem === undefined)
    await scene.merge(state.plan.branch)
    await scene.recovered()
  })

  it('one whose name is taken over by another repository says so, and answers for no old pull request', async (t) => {
    const scene = await broken(t)
    await add(t, scene)
    await scene.inPhase('ReadyForReview')
    await scene.api.mergePatch(ref(scene), { spec: { branch: 'release' } })
    // Which words come first depends on where the reconcile was when the object changed.
    await stalled(scene, 'RepositoryClosed', /was changed|not configured any more|\(release\) now/)
    assert.equal((await ready(scene, 'False')).reason, 'BranchMissing')
  })

  it('the configuration file wins over one with the same URL and branch, however that is spelled', async (t) => {
    const scene = await broken(t, {})
    const url = (scene.config.repositories[0]?.url ?? '').replace(/\.git$/, '/')
    await add(t, scene, { url })
    const { reason, message } = await ready(scene, 'False')
    assert.equal(reason, 'Conflicting')
    assert.match(
      message,
      /^spec\.url: with branch main it is that of repository infra of the configuration file/,
    )
    const { state } = await scene.inPhase('ReadyForReview')
    assert.equal(state.plan.source.repository, 'infra')
  })

  it('credentials that are not set apart for it are refused by the field, and are sent nowhere', async (t) => {
    const scene = await broken(t)
    const credentials = { tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token' }
    await add(t, scene, { credentials })
    const file = await ready(scene, 'False')
    assert.equal(file.reason, 'InvalidSpec')
    assert.match(file.message, /^spec\.credentials\.tokenFile: expected a file below /)
    await scene.api.mergePatch(ref(scene), { spec: { credentials: { tokenFile: null, tokenEnv: 'PATH' } } })
    assert.match((await ready(scene, 'False')).message, /^spec\.credentials\.tokenEnv: expected a variable/)
    await stalled(scene, 'NotInGit', /granted/)
  })

  it('what keeps one from being read is its condition, and its end too', async (t) => {
    const scene = await broken(t)
    await add(t, scene, { url: 'http://127.0.0.1:9/infra.git' })
    assert.equal((await ready(scene, 'False')).reason, 'RepositoryUnreachable')
    await stalled(scene, 'RepositoryUnreachable', /infra|127/)
    await scene.api.mergePatch(ref(scene), { spec: { url: scene.config.repositories[0]?.url ?? '' } })
    await ready(scene, 'True')
    await scene.inPhase('ReadyForReview')
  })
})

it('a cluster that tells of no ManifestRepositories is said once, and everything else goes on', async (t) => {
  const plane = await sharedControlPlane()
  const cluster = connectToCluster(
    { kubeconfig: await plane.kubeconfigFor('an-old-installation') },
    systemClock,
  )
  const { log, lines } = recordingLog()
  const config = { watch: true, credentialsDir: '/none', tokenEnv: [] }
  const watched = new WatchedRepositories({
    config,
    cluster,
    clock: systemClock,
    log,
    onNames: () => undefined,
  })
  const stop = new AbortController()
  const running = watched.run(stop.signal)
  t.after(() => cluster.close())
  await watched.known
  assert.deepEqual([...watched.values()], [])
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /only the configuration's repositories count.*ApiForbidden/)
  stop.abort()
  await running
})
