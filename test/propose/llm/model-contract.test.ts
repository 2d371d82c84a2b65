import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { MODEL_PROVIDERS, type ModelProvider } from '#src/domain/model-provider.ts'
import { type LanguageModel, type Question, RequestFailed } from '#src/propose/llm/language-model.ts'
import { fakeProvider, type Reply, saidTo, schemaIn } from './fake-provider.ts'
import { KEY, modelOf } from './models.ts'

const question: Question = {
  messages: [
    { role: 'system', content: 'Repair.' },
    { role: 'user', content: 'What?' },
    { role: 'assistant', content: '{}' },
    { role: 'user', content: 'Again.' },
  ],
  schema: {
    type: 'object',
    properties: {
      reason: { type: 'string', maxLength: 9 },
      change: { type: 'string', enum: ['1. a', 'none'] },
    },
    required: ['reason', 'change'],
    additionalProperties: false,
  },
  answerTokens: 123,
}

async function serve(t: TestContext, provider: ModelProvider, script: readonly Reply[], timeout?: number) {
  const server = await fakeProvider(provider, ...script)
  t.after(server.close)
  return { server, model: modelOf(provider, server.url, timeout) }
}

const failure = async (model: LanguageModel, signal?: AbortSignal): Promise<RequestFailed> => {
  const error: unknown = await model.answer(question, signal).then(
    () => assert.fail('it answered'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof RequestFailed, String(error))
  return error
}

/* Bodies as the providers' references have them. */
const ERRORS: Readonly<Record<ModelProvider, Readonly<Record<'limit' | 'broken' | 'key' | 'none', Reply>>>> =
  {
    ollama: {
      limit: { status: 429, body: '{"error":"too many requests"}', headers: { 'retry-after': '7' } },
      broken: { status: 500, body: '{"error":"llama runner process has terminated: CANARY"}' },
      key: { status: 401, body: '{"error":"unauthorized"}' },
      none: { status: 404, body: '{"error":"model \\"m\\" not found, try pulling it first"}' },
    },
    openai: {
      limit: {
        status: 429,
        headers: { 'retry-after': '7', 'x-ratelimit-remaining-requests': '0' },
        body: '{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}',
      },
      broken: { status: 503, body: '<html>CANARY</html>' },
      key: {
        status: 401,
        body: `{"error":{"message":"Incorrect API key provided: ${KEY}","type":"invalid_request_error","code":"invalid_api_key"}}`,
      },
      none: {
        status: 404,
        body: '{"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}}',
      },
    },
    claude: {
      limit: {
        status: 429,
        headers: { 'retry-after': '7' },
        body: '{"type":"error","error":{"type":"rate_limit_error","message":"slow down"},"request_id":"req_1"}',
      },
      broken: {
        status: 529,
        body: '{"type":"error","error":{"type":"overloaded_error","message":"CANARY"}}',
      },
      key: {
        status: 401,
        body: `{"type":"error","error":{"type":"authentication_error","message":"${KEY}"}}`,
      },
      none: { status: 404, body: '{"type":"error","error":{"type":"not_found_error","message":"model: m"}}' },
    },
  }

for (const provider of MODEL_PROVIDERS) {
  describe(`a model behind ${provider}`, () => {
    it('answers, and says what it used', async (t) => {
      const { model } = await serve(t, provider, ['{"reason":"r"}'])
      assert.deepEqual(await model.answer(question), {
        text: '{"reason":"r"}',
        ended: 'whole',
        tokens: { prompt: 11, answer: 7 },
      })
    })

    it('is given the schema in its own form, and every message in order', async (t) => {
      const { model, server } = await serve(t, provider, ['{}'])
      await model.answer(question)
      const [request] = server.requests
      assert.ok(request)
      assert.equal(JSON.stringify(schemaIn(request)).includes('maxLength'), provider === 'ollama')
      assert.deepEqual((schemaIn(request) as { required: string[] }).required, ['reason', 'change'])
      assert.equal((schemaIn(request) as { additionalProperties: boolean }).additionalProperties, false)
      const places = ['Repair.', 'What?', '{}', 'Again.'].map((text) => saidTo(request).indexOf(text))
      assert.deepEqual(
        places,
        places.toSorted((a, b) => a - b),
      )
      assert.ok(places.every((place) => place > 0))
      assert.match(JSON.stringify(request.body), /123/)
    })

    it('says when its answer was cut short', async (t) => {
      const { model } = await serve(t, provider, [{ cutShort: '{"reas' }])
      assert.equal((await model.answer(question)).ended, 'cut short')
    })

    it('may be asked again after a limit, and says when', async (t) => {
      const { model, server } = await serve(t, provider, [ERRORS[provider].limit])
      const { transient, retryAfter } = await failure(model)
      assert.deepEqual([transient, retryAfter], [true, '7'])
      assert.equal(server.requests.length, 1, 'the package sends it once')
    })

    it('may be asked again when it is broken, whatever it says then', async (t) => {
      const { model } = await serve(t, provider, [ERRORS[provider].broken])
      const error = await failure(model)
      assert.equal(error.transient, true)
      assert.doesNotMatch(error.message, /CANARY/)
    })

    it('is not asked again for a key or a model that it has not, and never tells the key', async (t) => {
      for (const reply of [ERRORS[provider].key, ERRORS[provider].none]) {
        const { model } = await serve(t, provider, [reply])
        const error = await failure(model)
        assert.equal(error.transient, false)
        assert.doesNotMatch(String(error.stack), new RegExp(KEY))
      }
    })

    it('is not followed elsewhere', async (t) => {
      const { server } = await serve(t, provider, ['{}'])
      const location = `${server.url}/elsewhere`
      const { model } = await serve(t, provider, [{ status: 307, body: '', headers: { location } }])
      assert.equal((await failure(model)).transient, false)
      assert.equal(server.requests.length, 0)
    })

    it('is invalid where it does not speak the protocol', async (t) => {
      for (const body of ['<html>', '{"done":true}']) {
        const { model } = await serve(t, provider, [{ status: 200, body }])
        await assert.rejects(model.answer(question), { code: 'ModelAnswerInvalid' })
      }
    })

    it('is invalid where it never stops', async (t) => {
      const { model } = await serve(t, provider, ['x'.repeat(2 * 1024 * 1024)])
      await assert.rejects(model.answer(question), { code: 'ModelAnswerInvalid' })
    })

    it('is away when nothing listens there', async (t) => {
      const { model, server } = await serve(t, provider, ['hang'])
      await server.close()
      assert.equal((await failure(model)).transient, true)
    })

    it('is let go when it hangs: the connection is closed, not only forgotten', async (t) => {
      const { model, server } = await serve(t, provider, ['hang'], 200)
      assert.equal((await failure(model)).transient, false)
      await server.released()
    })

    it('is let go when the operator stops', async (t) => {
      const stop = new AbortController()
      const { model, server } = await serve(t, provider, ['hang'])
      const failed = failure(model, stop.signal)
      stop.abort()
      assert.match((await failed).message, /stopping/)
      await server.released()
    })

    it('gets no header of the package that tells about this machine', async (t) => {
      const { model, server } = await serve(t, provider, ['{}'])
      await model.answer(question)
      const names = Object.keys(server.requests[0]?.headers ?? {})
      assert.deepEqual(
        names.filter((name) => /stainless|user-agent-|os|runtime/.test(name) && name !== 'host'),
        [],
      )
    })
  })
}

describe('what only some providers have', () => {
  for (const provider of ['openai', 'claude'] as const) {
    it(`${provider} says that the model would not answer`, async (t) => {
      const { model } = await serve(t, provider, [{ refusal: 'I cannot help with that.' }])
      assert.equal((await model.answer(question)).ended, 'refused')
    })
  }

  it('OpenAI: a quota that is spent is no reason to try again', async (t) => {
    const body =
      '{"error":{"message":"You exceeded your quota","type":"insufficient_quota","code":"insufficient_quota"}}'
    const { model } = await serve(t, 'openai', [{ status: 429, body }])
    assert.equal((await failure(model)).transient, false)
  })

  it('the key goes into its header, and nowhere else', async (t) => {
    for (const provider of ['openai', 'claude'] as const) {
      const { model, server } = await serve(t, provider, ['{}'])
      await model.answer(question)
      const [request] = server.requests
      assert.equal(request?.headers.authorization, `Bearer ${KEY}`)
      assert.doesNotMatch(`${request?.url}${JSON.stringify(request?.body)}`, new RegExp(KEY))
    }
  })
})
