import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Finding } from '#src/cli/doctor/finding.ts'
import { findServer } from '#src/embedded/provision.ts'
import { sharedControlPlane, sharedGitServer } from '../../servers/shared.ts'
import { privateFolder } from '../command.ts'
import { runHere } from '../edit/edit-command.ts'

const plane = await sharedControlPlane()
const git = await sharedGitServer()
const kustomize = await findServer('kustomize', { progress: () => undefined })

async function configured(t: TestContext, settings: object): Promise<string> {
  const folder = await privateFolder(t)
  const file = join(folder, 'operator.yaml')
  const all = { kubeconfig: plane.kubeconfig, proposers: ['playbooks'], renderer: { kustomize }, ...settings }
  await writeFile(file, JSON.stringify(all))
  return file
}

describe('doctor', () => {
  it('ends with 0 when nothing failed, and shows a line for each check', async (t) => {
    const { code, stdout, stderr } = await runHere(['doctor', '--config', await configured(t, {})])
    assert.equal(code, 0, stdout + stderr)
    for (const check of ['API server', 'clock', 'CRDs', 'RBAC', 'webhook', 'git', 'kustomize']) {
      assert.match(stdout, new RegExp(`^(ok|WARNING) +${check} `, 'm'))
    }
  })

  it('ends with 1 when something failed, and says what to do', async (t) => {
    const repository = {
      ...{ name: 'infra', url: `${git.url}/no-such.git`, namespaces: [] },
      forge: { type: 'git', allowUnreviewed: true },
    }
    const file = await configured(t, { repositories: [repository] })
    const { code, stdout } = await runHere(['doctor', '--config', file])
    assert.equal(code, 1)
    assert.match(stdout, /^FAILED +repository infra +RepositoryUnreachable/m)
    assert.match(stdout, /^FAILED repository infra: .*\n {2}Check the repository URL/m)
  })

  it('prints its findings as JSON', async (t) => {
    const { stdout } = await runHere(['doctor', '--output', 'json', '--config', await configured(t, {})])
    const findings: readonly Finding[] = JSON.parse(stdout)
    assert.deepEqual(
      findings.filter(({ level, remedy }) => (level === 'warning' || level === 'failed') && !remedy),
      [],
    )
  })

  it('asks nothing more of an API server that it cannot reach', async (t) => {
    const file = await configured(t, { kubeconfig: '/does/not/exist' })
    const { code, stdout } = await runHere(['doctor', '--config', file, '--output', 'json'])
    const findings: readonly Finding[] = JSON.parse(stdout)
    const failed = findings.filter(({ level }) => level === 'failed')
    assert.deepEqual([code, failed.map(({ check }) => check)], [1, ['API server']])
  })

  it('ends with 2 for a configuration that is wrong, or arguments that are', async (t) => {
    const file = await configured(t, { settle: 'soon' })
    assert.equal((await runHere(['doctor', '--config', file])).code, 2)
    assert.equal((await runHere(['doctor', '--service-account', 'web'])).code, 2)
    assert.equal((await runHere(['doctor', '--webhook-url', 'web'])).code, 2)
  })
})
