import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import type { PullRequests } from '#src/forge/forge.ts'
import { tokenAccess } from '#src/forge/hosted/account-access.ts'
import { guardedFetch } from '#src/forge/hosted/guarded-fetch.ts'
import { hostedPullRequests } from '#src/forge/hosted/hosted-pull-requests.ts'
import { openForgeApi, paceOf } from '#src/forge/open-forge.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { rejectsWith } from '../contract.ts'
import { recordingLog } from '../recording-log.ts'

const HEAD = { branch: 'aiops-operator/ab-1', sha: 'a', base: 'b', fix: 'ab/1' }

async function serve(
  answer: RequestListener,
): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

function forgeAt(baseUrl: string, timeoutMs = 30_000): PullRequests {
  const { log } = recordingLog()
  const token = async () => 'canary-77'
  const spec = { type: 'github', baseUrl, owner: 'acme', repo: 'infra', approval: 'merged' } as const
  const pace = paceOf('github', systemClock)
  const api = openForgeApi(spec, { access: tokenAccess(token), log, fetch, pace, timeoutMs })
  return hostedPullRequests(api, 'main', log)
}

test('a redirect is not followed, and says what to correct', async () => {
  const elsewhere = await serve((_, response) => response.end('{}'))
  const { url } = await serve((_, response) => {
    response.writeHead(301, { location: `${elsewhere.url}/repositories/900` }).end()
  })
  await assert.rejects(forgeAt(url).repositoryId(), (error: Error) => {
    assert.match(error.message, /renamed or moved/)
    return rejectsWith('ForgeRejected')(error)
  })
  assert.deepEqual(elsewhere.requests, [])
})

test('a page that a Link header names elsewhere is not fetched there', async () => {
  const elsewhere = await serve((_, response) => response.end('[]'))
  const home = await serve((request, response) => {
    const { searchParams, pathname } = new URL(request.url ?? '', 'http://home.test')
    response.setHeader('content-type', 'application/json')
    if (pathname === '/user') response.end('{"id":41,"login":"aiops-bot"}')
    else {
      const more = searchParams.get('page') === '1' ? { link: `<${elsewhere.url}/steal>; rel="next"` } : {}
      response.writeHead(200, more).end('[]')
    }
  })
  assert.equal(await forgeAt(home.url).find(HEAD), undefined)
  assert.equal(home.requests.filter((line) => line.includes('/pulls')).length, 2)
  assert.deepEqual(elsewhere.requests, [])
})

test('the token is sent to the configured origin only', async () => {
  const elsewhere = await serve((_, response) => response.end('{}'))
  const guarded = guardedFetch({
    baseUrl: 'http://127.0.0.1:1/api/v3',
    token: async () => 'canary-77',
    fetch,
    timeoutMs: 1000,
  })
  await assert.rejects(guarded(`${elsewhere.url}/user`), rejectsWith('ForgeRejected'))
  assert.deepEqual(elsewhere.requests, [])
})

test('a server that never answers is given up, and the error says so without the token', async () => {
  const { url } = await serve(() => {})
  await assert.rejects(forgeAt(url, 50).repositoryId(), (error: Error) => {
    assert.match(error.message, /timed out/)
    assert.doesNotMatch(error.message, /canary/)
    return rejectsWith('ForgeUnreachable')(error)
  })
})

test('a server that stops in the middle of its answer is given up', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"id":')
  })
  await assert.rejects(forgeAt(url, 50).repositoryId(), rejectsWith('ForgeUnreachable'))
})

test('a login page instead of JSON is a forge that cannot be reached', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>')
  })
  await assert.rejects(forgeAt(url).repositoryId(), rejectsWith('ForgeUnreachable'))
})

test('a pull request whose creation was not answered is found, not opened again', async () => {
  const pull = {
    number: 1,
    html_url: 'http://home.test/1',
    state: 'open',
    title: 'T',
    body: 'B',
    user: { id: 41, login: 'aiops-bot' },
    head: { label: `acme:${HEAD.branch}`, ref: HEAD.branch, sha: 'a', repo: { id: 900 } },
    base: { label: 'acme:main', ref: 'main', sha: 'b', repo: { id: 900 } },
    merged_at: null,
  }
  let created = 0
  const home = await serve((request, response) => {
    if (request.method === 'POST') {
      created += 1
      response.destroy()
      return
    }
    response.setHeader('content-type', 'application/json')
    if (request.url === '/user') response.end('{"id":41,"login":"aiops-bot"}')
    else response.end(JSON.stringify(created > 0 ? [pull] : []))
  })
  const opened = await forgeAt(home.url).ensureOpen({ head: HEAD, title: 'T', body: 'B', labels: [] })
  assert.deepEqual([opened.id, opened.state, created], ['1', 'open', 1])
})
