import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { OperatorError } from '#src/domain/errors.ts'
import { createWebhook } from '#src/http/webhook.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { deliver, type Fixture, memoryLog, PAYLOAD, SECRET, sign, startWebhook } from './webhook-fixture.ts'

describe('POST /webhook', () => {
  let fixture: Fixture
  beforeEach(async () => {
    fixture = await startWebhook()
  })
  afterEach(() => fixture.server.close(0))

  const status = async (delivery: Parameters<typeof deliver>[1]) => {
    const { status, code } = await deliver(fixture, delivery)
    return [status, code]
  }
  const signed = (body: string | Uint8Array, headers = {}) => ({
    body,
    headers: { 'x-hub-signature-256': sign(body), ...headers },
  })

  it('hands on which pull request to look at, and nothing else of the payload', async () => {
    assert.deepEqual(await status({}), [202, undefined])
    assert.deepEqual(fixture.hints, [
      {
        repository: { fullName: 'acme/infra', id: '42' },
        pullRequest: 7,
        headBranch: 'aiops-operator/f1-1',
        event: 'pull_request',
        action: 'closed',
        delivery: 'd-1',
      },
    ])
    assert.deepEqual(fixture.results, ['accepted'])
  })

  it('understands the headers and event names of Gitea', async () => {
    const gitea = { 'x-github-event': undefined, 'x-github-delivery': undefined, 'x-gitea-delivery': 'g-1' }
    assert.deepEqual(await status(signed(PAYLOAD, { ...gitea, 'x-gitea-event': 'pull_request_approved' })), [
      202,
      undefined,
    ])
    assert.deepEqual(
      fixture.hints.map(({ event, delivery }) => [event, delivery]),
      [['pull_request_approved', 'g-1']],
    )
  })

  it('reads the branch of a push', async () => {
    const body = JSON.stringify({ ref: 'refs/heads/main', repository: { id: 1, full_name: 'acme/infra' } })
    assert.deepEqual(await status(signed(body, { 'x-github-event': 'push' })), [202, undefined])
    assert.deepEqual(fixture.hints, [
      { repository: { fullName: 'acme/infra', id: '1' }, headBranch: 'main', event: 'push', delivery: 'd-1' },
    ])
  })

  it('reads the pull request of a comment that was written, and of no other comment', async () => {
    const repository = { id: 42, full_name: 'acme/infra' }
    const comment = (action: string, issue: object) =>
      status(signed(JSON.stringify({ action, issue, repository }), { 'x-github-event': 'issue_comment' }))
    await comment('created', { number: 7, pull_request: { merged_at: null } })
    await comment('edited', { number: 7, pull_request: { merged_at: null } })
    await comment('created', { number: 8, pull_request: null })
    assert.deepEqual(
      fixture.hints.map(({ pullRequest, event }) => [pullRequest, event]),
      [[7, 'issue_comment']],
    )
    assert.deepEqual(await comment('created', {}), [400, 'BodyInvalid'])
  })

  it('accepts ping and events about other things without a hint', async () => {
    for (const event of ['ping', 'issues', 'star']) {
      assert.deepEqual(await status(signed('{"zen":"x"}', { 'x-github-event': event })), [202, undefined])
    }
    assert.deepEqual(fixture.hints, [])
    assert.deepEqual(fixture.results, ['ignored', 'ignored', 'ignored'])
  })

  const unsigned: Record<string, Record<string, string | undefined>> = {
    'no signature': { 'x-hub-signature-256': undefined },
    'the signature under another secret': { 'x-hub-signature-256': sign(PAYLOAD, 'another') },
    'the signature of another body': { 'x-hub-signature-256': sign(`${PAYLOAD} `) },
    'a signature cut short': { 'x-hub-signature-256': sign(PAYLOAD).slice(0, -2) },
    'only the SHA-1 signature': { 'x-hub-signature-256': undefined, 'x-hub-signature': sign(PAYLOAD) },
    'the signature under an empty secret': { 'x-hub-signature-256': sign(PAYLOAD, '') },
    'two signatures in one header': { 'x-hub-signature-256': `${sign(PAYLOAD, 'x')}, ${sign(PAYLOAD)}` },
  }
  for (const [name, headers] of Object.entries(unsigned)) {
    it(`refuses ${name}, hands nothing on and repeats nothing of it`, async () => {
      const reply = await deliver(fixture, { headers })
      assert.deepEqual([reply.status, reply.code], [401, 'SignatureInvalid'])
      assert.deepEqual(fixture.hints, [])
      assert.deepEqual(fixture.results, ['unsigned'])
      assert.doesNotMatch(`${reply.text}${fixture.lines}`, /[0-9a-f]{32}|correct horse/)
    })
  }

  it('takes every secret that is good now, and none that was', async () => {
    const under = (secret: string, delivery: string) =>
      status({ headers: { 'x-hub-signature-256': sign(PAYLOAD, secret), 'x-github-delivery': delivery } })
    fixture.secrets = [SECRET, 'next']
    assert.deepEqual(await under(SECRET, 'a'), [202, undefined])
    assert.deepEqual(await under('next', 'b'), [202, undefined])
    fixture.secrets = ['next']
    assert.deepEqual(await under(SECRET, 'c'), [401, 'SignatureInvalid'])
    assert.deepEqual(await under('next', 'd'), [202, undefined])
  })

  it('verifies before it parses: garbage is refused for its signature', async () => {
    assert.deepEqual(await status({ body: '{', headers: { 'x-hub-signature-256': sign('x') } }), [
      401,
      'SignatureInvalid',
    ])
  })

  const invalid: Record<string, string | Uint8Array> = {
    'text that is not JSON': '{"action":',
    'bytes that are not UTF-8': Buffer.from([0x22, 0xff, 0x22]),
    'a payload without a repository': '{"number":7,"pull_request":{"number":7}}',
    'a pull request without a number': '{"pull_request":{},"repository":{"id":1,"full_name":"a/b"}}',
    'a number that is none': '{"pull_request":{"number":"7; rm"},"repository":{"id":1,"full_name":"a/b"}}',
    'a repository name that is none':
      '{"number":7,"pull_request":{"number":7},"repository":{"id":1,"full_name":"a b"}}',
    nothing: '',
    'a list': '[]',
    'deep nesting': '['.repeat(500_000),
  }
  for (const [name, body] of Object.entries(invalid)) {
    it(`refuses ${name}, although it is signed`, async () => {
      assert.deepEqual(await status(signed(body)), [400, 'BodyInvalid'])
      assert.deepEqual(fixture.hints, [])
    })
  }

  it('refuses other content types, encodings and methods', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/json5', undefined]) {
      assert.deepEqual(await status({ headers: { 'content-type': type } }), [415, 'BodyInvalid'])
    }
    assert.deepEqual(await status({ headers: { 'content-encoding': 'gzip' } }), [415, 'BodyInvalid'])
    assert.deepEqual(await status({ method: 'GET' }), [405, 'MethodNotAllowed'])
    assert.deepEqual(await status({ method: 'PUT' }), [405, 'MethodNotAllowed'])
    assert.deepEqual(await status({ path: '/webhook/x' }), [404, undefined])
    assert.deepEqual(fixture.hints, [])
  })

  it('takes a content type with a character set, and a path with a query', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    assert.deepEqual(await status({ headers, path: '/webhook?x=1' }), [202, undefined])
  })

  it('hands a doubled delivery on once', async () => {
    assert.deepEqual(await status({}), [202, undefined])
    assert.deepEqual(await status({}), [202, undefined])
    assert.equal(fixture.hints.length, 1)
    assert.deepEqual(fixture.results, ['accepted', 'duplicate'])
  })

  it('hands one on once when its double arrives while it is still being stored', async () => {
    const entered = Promise.withResolvers<void>()
    const stored = Promise.withResolvers<void>()
    fixture.onHint = () => {
      entered.resolve()
      return stored.promise
    }
    const first = status({})
    await entered.promise
    const second = status({})
    stored.resolve()
    assert.deepEqual(await Promise.all([first, second]), [
      [202, undefined],
      [202, undefined],
    ])
    assert.equal(fixture.hints.length, 1)
  })

  it('takes a replay under another delivery identifier as one more look at the same pull request', async () => {
    await status({})
    await status({ headers: { 'x-github-delivery': 'forged-id' } })
    assert.deepEqual(new Set(fixture.hints.map(({ pullRequest }) => pullRequest)), new Set([7]))
  })

  it('does not take another body under the identifier of an earlier delivery for a double', async () => {
    const other = PAYLOAD.replaceAll('7', '8')
    await status({})
    await status(signed(other))
    assert.deepEqual(
      fixture.hints.map(({ pullRequest }) => pullRequest),
      [7, 8],
    )
  })

  it('answers 503 when the hint was not stored, and takes the same delivery again', async () => {
    fixture.onHint = () => Promise.reject(new OperatorError('ApiUnreachable', 'down'))
    assert.deepEqual(await status({}), [503, 'HintNotStored'])
    fixture.onHint = async () => {}
    assert.deepEqual(await status({}), [202, undefined])
    assert.equal(fixture.hints.length, 1)
    assert.deepEqual(fixture.results, ['failed', 'accepted'])
  })

  it('answers 503 in time when storing the hint hangs', async () => {
    const never = Promise.withResolvers<void>()
    fixture.onHint = () => never.promise
    assert.deepEqual(await status({}), [503, 'HintNotStored'])
    never.resolve()
  })

  it('answers 503 when no secret can be read', async () => {
    Object.defineProperty(fixture, 'secrets', {
      get: () => {
        throw new OperatorError('CredentialsMissing', 'is not set', { object: 'variable HOOK' })
      },
    })
    assert.deepEqual(await status({}), [503, 'CredentialsMissing'])
    assert.deepEqual(fixture.hints, [])
  })

  it('accepts nothing under an empty secret', async () => {
    fixture.secrets = ['']
    assert.deepEqual(await status({ headers: { 'x-hub-signature-256': sign(PAYLOAD, '') } }), [
      401,
      'SignatureInvalid',
    ])
  })

  it('does not come into being without a secret', async () => {
    const secrets = () => Promise.reject(new OperatorError('CredentialsMissing', 'is not set'))
    const clock = systemClock
    const rest = {
      maxBody: 1,
      onHint: async () => {},
      onResult: () => {},
      clock,
      hintTimeoutMs: 1,
      log: memoryLog([]),
    }
    await assert.rejects(createWebhook({ ...rest, secrets }), { code: 'CredentialsMissing' })
  })
})
