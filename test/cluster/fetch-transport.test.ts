import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { connectToCluster } from '#src/cluster/connect.ts'
import { KubeCredentials } from '#src/cluster/kube-credentials.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { VirtualClock } from '../runtime/virtual-clock.ts'
import { CORE_V1, protocolServer, sendJson, sendStatus } from './protocol-server.ts'

const MAP = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'web' }
const FOUND = { ...MAP, metadata: { name: 'web', namespace: 'shop' } }

test('a refused token is read again from its file and the request sent once more', async (t) => {
  let accepted = 'old-token'
  const server = await protocolServer((request, response, url) => {
    if (request.headers.authorization !== `Bearer ${accepted}`)
      sendStatus(response, 401, 'Unauthorized', 'no')
    else sendJson(response, 200, url.pathname === '/api/v1' ? CORE_V1 : FOUND)
  })
  const folder = await mkdtemp(join(tmpdir(), 'aiops-token-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'token')
  await writeFile(file, 'old-token\n')
  await server.use({ tokenFile: file })
  const { api, close } = connectToCluster({ kubeconfig: server.kubeconfig }, new VirtualClock())
  assert.equal((await api.get(MAP))?.metadata.name, 'web')
  accepted = 'new-token'
  await writeFile(file, 'new-token\n')
  assert.equal((await api.get(MAP))?.metadata.name, 'web')
  await close()
})

test('a credential plugin is asked, and what it says when it fails is not repeated', async () => {
  const server = await protocolServer((request, response, url) => {
    if (request.headers.authorization !== 'Bearer from-plugin')
      sendStatus(response, 401, 'Unauthorized', 'no')
    else sendJson(response, 200, url.pathname === '/api/v1' ? CORE_V1 : FOUND)
  })
  const credential = { kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1' }
  const answer = JSON.stringify({ ...credential, status: { token: 'from-plugin' } })
  const exec = { apiVersion: credential.apiVersion, command: 'printf', args: ['%s', answer] }
  await server.use({ exec })
  const good = connectToCluster({ kubeconfig: server.kubeconfig }, systemClock)
  assert.equal((await good.api.get(MAP))?.metadata.name, 'web')
  await good.close()

  await server.use({ exec: { ...exec, command: 'sh', args: ['-c', 'echo canary-7f >&2; exit 3'] } })
  const bad = connectToCluster({ kubeconfig: server.kubeconfig }, systemClock)
  await assert.rejects(bad.api.get(MAP), (error) => {
    assert.ok(error instanceof OperatorError)
    assert.equal(error.code, 'CredentialsMissing')
    assert.match(error.message, /the credential plugin sh failed/)
    return !inspect(error, { depth: 10 }).includes('canary-7f')
  })
  await bad.close()
})

test('no error shows the token, whatever the API server answers or does', async () => {
  const answers = [401, 403, 404, 409, 410, 422, 429, 500, 'garbage', 'hang up'] as const
  let at = -1
  const server = await protocolServer((_, response, url) => {
    const answer = answers[at]
    if (url.pathname === '/api/v1') sendJson(response, 200, CORE_V1)
    else if (answer === 'garbage') response.end('<html>')
    else if (answer === 'hang up') response.destroy()
    else sendStatus(response, answer ?? 500, 'Reason', 'message')
  })
  await server.use({ token: 'canary-token-1' })
  const { api, close } = connectToCluster({ kubeconfig: server.kubeconfig }, systemClock)
  const codes: string[] = []
  for (at = 0; at < answers.length; at += 1) {
    const error: unknown = await api.mergePatch(MAP, { data: {} }).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof OperatorError)
    codes.push(error.code)
    assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes('canary-token-1'))
    assert.ok(error.message.startsWith('ConfigMap shop/web: '), error.message)
  }
  assert.deepEqual(codes, [
    'ApiUnauthorized',
    'ApiForbidden',
    'ApiNotFound',
    'ApiConflict',
    'ApiGone',
    'ApiRejected',
    'ApiUnreachable',
    'ApiUnreachable',
    'ApiUnreachable',
    'ApiUnreachable',
  ])
  await close()
})

test('an API server that asks for a pause gets it', async () => {
  const server = await protocolServer((_, response) => {
    response.setHeader('retry-after', '7')
    sendStatus(response, 429, 'TooManyRequests', 'busy')
  })
  const { api, close } = connectToCluster({ kubeconfig: server.kubeconfig }, systemClock)
  await assert.rejects(api.get(MAP), (error) => {
    assert.ok(error instanceof OperatorError)
    assert.deepEqual(error.retry, { afterMs: 7_000 })
    return true
  })
  await close()
})

test('nobody listening is ApiUnreachable and names the server', async () => {
  const server = await protocolServer(() => {})
  const { api, close } = connectToCluster({ kubeconfig: server.kubeconfig }, systemClock)
  await server.stop()
  await assert.rejects(api.get(MAP), (error) => {
    assert.ok(error instanceof OperatorError)
    assert.equal(error.code, 'ApiUnreachable')
    assert.match(error.message, /http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)/)
    return true
  })
  await close()
})

test('a list whose continue token expires starts over and is whole, without doubles', async () => {
  let expired = false
  const page = (names: string[], token?: string) => ({
    metadata: { resourceVersion: '9', ...(token && { continue: token }) },
    items: names.map((name) => ({ metadata: { name, namespace: 'shop' } })),
  })
  const server = await protocolServer((_, response, url) => {
    const token = url.searchParams.get('continue')
    if (url.pathname === '/api/v1') sendJson(response, 200, CORE_V1)
    else if (token === null) sendJson(response, 200, page(['a', 'b'], 'next'))
    else if (expired) sendJson(response, 200, page(['c']))
    else {
      expired = true
      sendStatus(response, 410, 'Expired', 'The provided continue parameter is too old')
    }
  })
  const { api, close } = connectToCluster({ kubeconfig: server.kubeconfig }, systemClock)
  const names = (await api.list('v1', 'ConfigMap')).map(({ metadata }) => metadata.name)
  assert.deepEqual(names, ['a', 'b', 'c'])
  await close()
})

test('a list whose tokens always expire is read in one answer in the end', async () => {
  const items = ['a', 'b', 'c'].map((name) => ({ metadata: { name } }))
  const server = await protocolServer((_, response, url) => {
    if (url.pathname === '/api/v1') sendJson(response, 200, CORE_V1)
    else if (url.searchParams.has('continue')) sendStatus(response, 410, 'Expired', 'too old')
    else if (url.searchParams.has('limit'))
      sendJson(response, 200, { metadata: { continue: 'next' }, items: items.slice(0, 1) })
    else sendJson(response, 200, { metadata: {}, items })
  })
  const { api, close } = connectToCluster({ kubeconfig: server.kubeconfig }, systemClock)
  assert.equal((await api.list('v1', 'ConfigMap')).length, 3)
  await close()
})

test('of a log that is too long the last lines come, and bytes that are no text do no harm', async () => {
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i} ${'x'.repeat(90)}`)
  const server = await protocolServer((_, response, url) => {
    const tail = Number(url.searchParams.get('tailLines'))
    const limit = Number(url.searchParams.get('limitBytes'))
    if (url.pathname === '/api/v1') sendJson(response, 200, CORE_V1)
    else if (url.pathname.includes('/binary/')) response.end(Buffer.from([0xff, 0x00, 0x41, 0xc3]))
    else response.end(Buffer.from(`${lines.slice(-tail).join('\n')}\n`).subarray(0, limit))
  })
  const { api, close } = connectToCluster({ kubeconfig: server.kubeconfig }, systemClock)
  const options = { container: 'c', tailLines: 50, limitBytes: 1_000 }
  const log = (await api.log({ namespace: 'shop', name: 'web' }, options)) ?? ''
  assert.ok(log.length <= 1_000)
  assert.ok(log.endsWith(`${lines.at(-1)}\n`))
  assert.equal(await api.log({ namespace: 'shop', name: 'binary' }, options), '\ufffd\u0000A\ufffd')
  await close()
})

test('a kind is looked up once, and a stranger’s kinds are not asked for again and again', async () => {
  const server = await protocolServer((_, response, url) =>
    sendJson(response, 200, url.pathname === '/api/v1' ? CORE_V1 : FOUND),
  )
  const clock = new VirtualClock()
  const { api, discovery, close } = connectToCluster({ kubeconfig: server.kubeconfig }, clock)
  for (let i = 0; i < 3; i += 1) await api.get(MAP)
  for (let i = 0; i < 3; i += 1) await assert.rejects(discovery.resource('v1', 'Unicorn'))
  const lookups = () => server.seen.filter(({ url }) => url.pathname === '/api/v1').length
  assert.equal(lookups(), 1)
  await clock.advance(1_000)
  await assert.rejects(discovery.resource('v1', 'Unicorn'))
  assert.equal(lookups(), 2)
  await close()
})

test('calls that begin together share one set of connections, and one reading of the credentials', async () => {
  const server = await protocolServer((_, response, url) =>
    sendJson(response, 200, url.pathname === '/api/v1' ? CORE_V1 : FOUND),
  )
  const credentials = new KubeCredentials({ kubeconfig: server.kubeconfig }, () => 0)
  const [one, ...others] = await Promise.all(Array.from({ length: 20 }, () => credentials.access()))
  assert.ok(others.every(({ dispatcher }) => dispatcher === one?.dispatcher))
  credentials.renew()
  assert.equal((await credentials.access()).dispatcher, one?.dispatcher)
  await credentials.close()
})
