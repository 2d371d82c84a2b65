import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, test } from 'node:test'
import { createEmulator } from 'emulate'
import { appAccess } from '#src/forge/github/app-access.ts'
import type { Fetch } from '#src/forge/hosted/guarded-fetch.ts'
import { hostedPullRequests } from '#src/forge/hosted/hosted-pull-requests.ts'
import { openForgeApi, paceOf } from '#src/forge/open-forge.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { rejectsWith, request } from '../contract.ts'
import { recordingLog } from '../recording-log.ts'

const PERMISSIONS = {
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  checks: 'write',
  metadata: 'read',
}
const emulator = await createEmulator({ service: 'github', port: 0, seed: { github: seedWith(PERMISSIONS) } })
after(() => emulator.close())

function seedWith(permissions: object) {
  return {
    users: [{ login: 'acme' }, { login: 'alice' }],
    repos: [
      { owner: 'acme', name: 'infra', default_branch: 'main', auto_init: true },
      { owner: 'acme', name: 'other', default_branch: 'main', auto_init: true },
    ],
    apps: [
      {
        ...{ app_id: 12, slug: 'aiops', name: 'AIOps', permissions },
        installations: [{ installation_id: 77, account: 'acme', repository_selection: 'all' }],
      },
    ],
  }
}

function keyOf(secrets: readonly { readonly kind: string; readonly value: string }[]): string {
  const found = secrets.find(({ kind }) => kind === 'github.app_private_key')
  assert.ok(found)
  return found.value
}

/** The emulator has no account `aiops[bot]` before the App has made something; GitHub always has. */
const network: Fetch = async (input, init) =>
  String(input).endsWith('/users/aiops%5Bbot%5D')
    ? Response.json({ id: await botId(), login: 'aiops[bot]' })
    : fetch(input, init)

let botNumber: number | undefined
/** Whoever opens a pull request with an installation token. */
async function botId(): Promise<number> {
  botNumber ??= await openedBy()
  return botNumber
}

async function openedBy(): Promise<number> {
  const token = await accessWith({}).token()
  const call = async (path: string, body?: object) => {
    const answer = await fetch(`${emulator.url}/repos/acme/infra${path}`, {
      headers: { authorization: `token ${token}` },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    })
    return (await answer.json()) as { object: { sha: string }; user: { id: number } }
  }
  const { object } = await call('/git/ref/heads/main')
  await call('/git/refs', { ref: 'refs/heads/probe', sha: object.sha })
  return (await call('/pulls', { head: 'probe', base: 'main', title: 'probe' })).user.id
}

function accessWith(change: Partial<Parameters<typeof appAccess>[0]>) {
  return appAccess({
    ...{ baseUrl: emulator.url, owner: 'acme', repo: 'infra', appId: '12', timeoutMs: 10_000 },
    privateKey: async () => keyOf(emulator.generatedSecrets),
    fetch: network,
    clock: systemClock,
    ...change,
  })
}

/** Counts the tokens that were minted. */
function counting() {
  const minted: unknown[] = []
  const fetch: Fetch = async (input, init) => {
    if (String(input).endsWith('/access_tokens')) minted.push(JSON.parse(String(init?.body)))
    return network(input, init)
  }
  return { minted, fetch }
}

test('one token serves all who ask at once, for this repository alone', async () => {
  const { minted, fetch } = counting()
  const access = accessWith({ fetch })
  const tokens = await Promise.all([access.token(), access.token(), access.token()])
  assert.equal(new Set(tokens).size, 1)
  assert.deepEqual(minted, [{ repositories: ['infra'] }])
  const label = (repo: string) =>
    globalThis.fetch(`${emulator.url}/repos/acme/${repo}/labels`, {
      method: 'POST',
      headers: { authorization: `token ${tokens[0]}` },
      body: JSON.stringify({ name: 'mine', color: '5319e7' }),
    })
  assert.deepEqual([(await label('infra')).status, (await label('other')).ok], [201, false])
})

test('a token is replaced before it expires, and when it was refused', async () => {
  const { minted, fetch } = counting()
  let now = Date.now()
  const access = accessWith({ fetch, clock: { now: () => now } })
  const first = await access.token()
  now += 50 * 60_000
  assert.equal(await access.token(), first)
  now += 6 * 60_000
  assert.notEqual(await access.token(), first)
  now -= 56 * 60_000
  const third = await access.token(await access.token())
  assert.equal(await access.token(first), third)
  assert.equal(minted.length, 3)
})

test('a key of another App, or no key at all, is told without a word of it', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await assert.rejects(accessWith({ privateKey: async () => other }).token(), rejectsWith('ForgeAuth'))
  const broken = accessWith({ privateKey: async () => 'canary-91' })
  await assert.rejects(broken.token(), (error: Error) => {
    assert.doesNotMatch(`${error.message} ${error.cause}`, /canary/)
    return rejectsWith('CredentialsMissing')(error)
  })
})

test('an App that is not installed on the repository is a matter of access', async () => {
  await assert.rejects(accessWith({ owner: 'nobody' }).token(), rejectsWith('ForgeAuth'))
})

test('a check run says each thing once, and is brought up to date when it says another', async () => {
  const { log } = recordingLog()
  const access = accessWith({})
  const spec = {
    type: 'github',
    baseUrl: emulator.url,
    owner: 'acme',
    repo: 'infra',
    approval: 'merged',
  } as const
  const api = openForgeApi(spec, { access, log, fetch: network, pace: paceOf('github', systemClock) })
  const headers = { authorization: `token ${await access.token()}` }
  const read = async (path: string) =>
    (await fetch(`${emulator.url}/repos/acme/infra${path}`, { headers })).json() as Promise<never>
  const { object } = (await read('/git/ref/heads/main')) as { object: { sha: string } }
  const runs = async () => {
    const { check_runs } = (await read(`/commits/${object.sha}/check-runs`)) as {
      check_runs: { name: string; status: string; conclusion: string; output: { title: string } }[]
    }
    return check_runs.map(({ name, status, conclusion, output }) => [name, status, conclusion, output.title])
  }
  const report = {
    name: 'aiops-operator/diff',
    conclusion: 'success',
    title: 'Fine',
    details: '**x**',
  } as const
  for (const _ of [1, 2]) await api.ensureCheck(object.sha, report)
  assert.deepEqual(await runs(), [['aiops-operator/diff', 'completed', 'success', 'Fine']])
  await api.ensureCheck(object.sha, { ...report, conclusion: 'failure', title: 'Not fine' })
  assert.deepEqual(await runs(), [['aiops-operator/diff', 'completed', 'failure', 'Not fine']])
})

test('a pull request is opened, found, commented on and closed as the App', async () => {
  const { log } = recordingLog()
  const access = accessWith({})
  const spec = {
    type: 'github',
    baseUrl: emulator.url,
    owner: 'acme',
    repo: 'infra',
    approval: 'merged',
  } as const
  const api = openForgeApi(spec, { access, log, fetch: network, pace: paceOf('github', systemClock) })
  const forge = hostedPullRequests(api, 'main', log)
  const headers = { authorization: `token ${await access.token()}` }
  const main = await (await fetch(`${emulator.url}/repos/acme/infra/git/ref/heads/main`, { headers })).json()
  const { sha } = (main as { object: { sha: string } }).object
  const branch = 'aiops-operator/ab-1'
  await fetch(`${emulator.url}/repos/acme/infra/git/refs`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ref: `refs/heads/${branch}`, sha }),
  })
  const head = { branch, sha, base: sha, fix: 'ab/1' }
  const opened = await forge.ensureOpen(request(head))
  assert.deepEqual([opened.state, opened.author], ['open', 'aiops[bot]'])
  assert.equal((await forge.ensureOpen(request(head, 'second'))).id, opened.id)
  for (const _ of [1, 2]) await forge.ensureComment(opened.id, 'recovered', 'It works again.')
  const comments = await fetch(`${emulator.url}/repos/acme/infra/issues/${opened.id}/comments`, { headers })
  assert.equal(((await comments.json()) as unknown[]).length, 1)
  await forge.ensureClosed(opened.id)
  assert.equal((await forge.read(opened.id, head))?.state, 'closed')
})
