import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkRepository } from '#src/cli/doctor/check-repository.ts'
import { serveGit } from '#src/embedded/git-server.ts'
import { findServer } from '#src/embedded/provision.ts'
import { openWorkTree } from '../../forge/work-tree.ts'
import { sharedGitServer } from '../../servers/shared.ts'
import { repository } from './a-repository.ts'
import { nowhere } from './a-server.ts'
import { allOk, only } from './red.ts'

const git = await sharedGitServer()
const renderer = { kustomize: await findServer('kustomize', { progress: () => undefined }) }
const checked = (spec: Parameters<typeof repository>[0]) =>
  checkRepository(repository(spec), { renderer }, process.env)
const newRepository = () => git.createRepository(`doctor-${randomBytes(4).toString('hex')}`)

describe('doctor on a repository', () => {
  it('is content when the branch can be fetched, and red when there is no such branch', async (t) => {
    const url = await newRepository()
    const tree = await openWorkTree(url, { name: 'Dana Developer', email: 'dana@shop.example' })
    t.after(() => tree.remove())
    await tree.checkOut('main').catch(() => undefined)
    await tree.commit('web.yaml', 'kind: Deployment\n', 'Start')
    await tree.git('push', '--quiet', 'origin', 'HEAD:main')
    allOk(await checked({ url }))
    assert.match(only(await checked({ url, branch: 'live' }), 'failed').sentence, /^BranchMissing/)
  })

  it('is red for a repository without a commit', async () => {
    assert.match(only(await checked({ url: await newRepository() }), 'failed').sentence, /^RepositoryEmpty/)
  })

  it('is red for a repository that there is not, and for a server that does not answer', async () => {
    for (const url of [`${git.url}/no-such.git`, `${await nowhere()}/infra.git`]) {
      assert.match(only(await checked({ url }), 'failed').sentence, /^RepositoryUnreachable/)
    }
  })

  it('is red for credentials that are refused, without telling them', async (t) => {
    const root = await mkdtemp(join(tmpdir(), 'aiops-operator-git-'))
    const server = await serveGit({ root, auth: { user: 'bot', password: 'right' } })
    t.after(async () => {
      await server.close()
      await rm(root, { recursive: true, force: true })
    })
    const url = await server.createRepository('infra')
    const credentials = { username: 'bot', tokenEnv: 'DOCTOR_TOKEN' }
    const env = { ...process.env, DOCTOR_TOKEN: 'wrong-token' }
    const found = only(await checkRepository(repository({ url, credentials }), { renderer }, env), 'failed')
    assert.match(found.sentence, /^RepositoryAuth/)
    assert.doesNotMatch(JSON.stringify(found), /wrong-token/)
  })
})
