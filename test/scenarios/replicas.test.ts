import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { asJson } from '#src/domain/kube-object.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import { type Command, privateFolder, start } from '../cli/command.ts'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene, type Scene } from './scene.ts'

type Cleanup = Parameters<typeof openScene>[0]

const IMAGE = parseFieldPath('spec.template.spec.containers[name=web].image')
const NAMES = Array.from({ length: 5 }, (_, i) => `web-${i}`)
/** Milliseconds from a leader's end until another works: the lease, and what is between two tries. */
const LEADING = /"message":"leading"/
const LEASE = { leaseDuration: '3s', renewDeadline: '2s', retryPeriod: '200ms' }

function manifests(image: string): Record<string, string> {
  const named = (name: string) =>
    deployment(image)
      .replaceAll('name: web\n', `name: ${name}\n`)
      .replaceAll('app: web', `app: ${name}`)
      .replace(`- name: ${name}\n`, '- name: web\n')
  return Object.fromEntries(NAMES.map((name) => [`${name}.yaml`, named(name)]))
}

/** Two processes of the operator on the scene's namespace and repository, of which one leads. */
async function twoReplicas(t: Cleanup, scene: Scene): Promise<{ leader: Command; follower: Command }> {
  const replica = async (name: string) => {
    const folder = await privateFolder(t)
    const leaderElection = { enabled: true, namespace: scene.namespace, ...LEASE }
    const settings = { ...scene.settings, stateDir: join(folder, 'state'), leaderElection }
    await writeFile(join(folder, `${name}.json`), JSON.stringify(settings))
    return start(t, folder, ['run', '--config', `${name}.json`])
  }
  const [one, two] = await Promise.all([replica('one'), replica('two')])
  const leads = async (command: Command) => {
    await command.shows(LEADING)
    return command
  }
  const leader = await Promise.race([leads(one), leads(two)])
  return { leader, follower: leader === one ? two : one }
}

async function all(scene: Scene, what: string, condition: (each: Remediation) => boolean) {
  return scene.eventually(`${what} of ${NAMES.length}`, async () => {
    const found = await scene.store.list(scene.namespace)
    return found.length === NAMES.length && found.every(condition) ? found : undefined
  })
}

for (const [claim, end] of [
  ['killed', 'SIGKILL'],
  ['frozen and thawed', 'SIGSTOP'],
] as const) {
  it(`a leader that is ${claim} with incidents in flight: one pull request and one apply each`, async (t) => {
    const scene = await openScene(t, { forge: 'git', files: manifests(GOOD) })
    await Promise.all(NAMES.map((name) => scene.rolledOut(name)))
    const { leader, follower } = await twoReplicas(t, scene)
    await scene.commitAndApply(manifests(BAD), 'Release 1.5.0')
    await scene.eventually('first pull request', async () =>
      (await scene.branches()).length > 0 ? true : undefined,
    )
    leader.process.kill(end)
    await follower.shows(LEADING)
    const reviews = await all(scene, 'pull requests', ({ state }) => state.phase === 'ReadyForReview')
    const branches = await scene.branches()
    assert.equal(branches.length, NAMES.length, 'one branch each')

    if (end === 'SIGSTOP') {
      leader.process.kill('SIGCONT')
      assert.equal(await leader.ended, 1, 'a leader that lost its lease ends')
    }
    for (const { state } of reviews)
      if (state.phase === 'ReadyForReview') await scene.merge(state.plan.branch)
    await all(scene, 'recoveries', ({ state }) => state.phase === 'Applied' && state.recovered)
    for (const name of NAMES) {
      const workload = await scene.workload(name)
      assert.equal(valueAt(asJson(workload), IMAGE), GOOD)
      const ours = (workload.metadata.managedFields ?? []).filter(
        ({ manager }) => manager === 'aiops-operator',
      )
      assert.equal(ours.length, 1)
      // Created, broken, repaired: every write more would be another generation.
      assert.equal(workload.metadata.generation, 3, `${name} was written once by us`)
    }
  })
}
