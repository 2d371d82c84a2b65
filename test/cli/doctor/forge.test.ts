import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { checkForge } from '#src/cli/doctor/check-forge.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { sharedGitea } from '../../servers/shared.ts'
import { repository } from './a-repository.ts'
import { type Answered, aServer, nowhere } from './a-server.ts'
import { allOk, only } from './red.ts'

const env = { TOKEN: 'the-token' }
const PUSH = { permissions: { admin: false, push: true, pull: true } }

function at(baseUrl: string, branch = 'main') {
  const forge = { type: 'github', baseUrl, owner: 'acme', repo: 'infra', approval: 'merged' } as const
  return repository({ forge, branch, credentials: { tokenEnv: 'TOKEN' } })
}

async function checked(t: TestContext, answers: { readonly repo?: Answered; readonly branch?: Answered }) {
  const url = await aServer(t, (path, { headers }) => {
    assert.equal(headers.authorization, 'token the-token')
    if (path === '/repos/acme/infra') return answers.repo ?? { body: PUSH }
    if (path === '/repos/acme/infra/branches/main') return answers.branch ?? { body: { protected: true } }
    return undefined
  })
  return checkForge(at(url), env, systemClock)
}

describe('doctor on the forge', () => {
  it('is content with a token that may push, and a protected branch', async (t) => {
    allOk(await checked(t, {}))
  })

  it('is red for a token that is not accepted', async (t) => {
    const found = only(await checked(t, { repo: { status: 401 } }), 'failed')
    assert.match(found.sentence, /does not accept the token/)
  })

  it('is red for a repository that the token does not show', async (t) => {
    const found = only(await checked(t, { repo: { status: 404 } }), 'failed')
    assert.match(found.sentence, /no repository acme\/infra/)
  })

  it('is red for a token that may only read', async (t) => {
    const body = { permissions: { push: false, pull: true } }
    assert.match(only(await checked(t, { repo: { body } }), 'failed').sentence, /may not push/)
  })

  it('is red for a server that is no forge, and for one that leads elsewhere', async (t) => {
    const page = { body: 'a page' }
    assert.match(only(await checked(t, { repo: page }), 'failed').sentence, /not as its API does/)
    const redirect = { status: 301, headers: { location: 'http://127.0.0.1:9/repos/acme/infra' } }
    assert.match(only(await checked(t, { repo: redirect }), 'failed').sentence, /HTTP 301/)
  })

  it('is red for a forge that does not answer, and never tells the token', async () => {
    const found = only(await checkForge(at(await nowhere()), env, systemClock), 'failed')
    assert.match(found.sentence, /ECONNREFUSED/)
    assert.doesNotMatch(JSON.stringify(found), /the-token/)
  })

  it('is red for a token that is not there', async () => {
    const found = only(await checkForge(at(await nowhere()), {}, systemClock), 'failed')
    assert.match(found.sentence, /variable TOKEN: is not set/)
  })

  it('is red for a base branch that there is not', async (t) => {
    assert.match(
      only(await checked(t, { branch: { status: 404 } }), 'failed').sentence,
      /there is no branch main/,
    )
  })

  it('is red for a clock that is far from ours', async (t) => {
    const headers = { date: 'Mon, 01 Jan 2024 00:00:00 GMT' }
    assert.equal(only(await checked(t, { repo: { body: PUSH, headers } }), 'failed').check, 'clock')
  })

  it('warns of a base branch that nothing protects', async (t) => {
    const found = only(await checked(t, { branch: { body: { protected: false } } }), 'warning')
    assert.match(found.sentence, /main is not protected/)
  })

  it('warns of scopes that nothing needs', async (t) => {
    const headers = { 'x-oauth-scopes': 'repo, delete_repo, admin:org' }
    const found = only(await checked(t, { repo: { body: PUSH, headers } }), 'warning')
    assert.match(found.sentence, /delete_repo, admin:org$/)
  })

  it('warns of an account that administers the repository', async (t) => {
    const body = { permissions: { admin: true, push: true } }
    assert.match(only(await checked(t, { repo: { body } }), 'warning').sentence, /administers/)
  })

  it('warns of plain Git', async () => {
    only(await checkForge(repository(), env, systemClock), 'warning')
  })

  it('reads the same of a real forge', async () => {
    const gitea = await sharedGitea()
    const name = `doctor-${randomBytes(4).toString('hex')}`
    const call = (method: string, path: string, body: object) =>
      fetch(`${gitea.api}${path}`, {
        method,
        headers: { authorization: `token ${gitea.maintainer.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    await call('POST', '/user/repos', { name, auto_init: true, default_branch: 'main' })
    const owner = gitea.maintainer.name
    await call('PUT', `/repos/${owner}/${name}/collaborators/${gitea.bot.name}`, { permission: 'read' })
    const forge = { type: 'github', baseUrl: gitea.api, owner, repo: name, approval: 'merged' } as const
    const spec = repository({ forge, credentials: { tokenEnv: 'TOKEN' } })
    const asked = () => checkForge(spec, { TOKEN: gitea.bot.token }, systemClock)
    assert.match(only(await asked(), 'failed').sentence, /may not push/)
    await call('PUT', `/repos/${owner}/${name}/collaborators/${gitea.bot.name}`, { permission: 'write' })
    assert.match(only(await asked(), 'warning').sentence, /main is not protected/)
    await call('POST', `/repos/${owner}/${name}/branch_protections`, {
      branch_name: 'main',
      rule_name: 'main',
    })
    allOk(await asked())
  })
})
