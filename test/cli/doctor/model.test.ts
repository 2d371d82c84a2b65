import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { checkModels } from '#src/cli/doctor/check-model.ts'
import { parseConfig } from '#src/config/config.ts'
import { type Answered, aServer, nowhere } from './a-server.ts'
import { allOk, only } from './red.ts'

/** Where each server lists its models, how it wants the key, and how it answers. */
const SERVERS = {
  ollama: { path: '/api/tags', header: undefined, list: { models: [{ name: 'qwen2.5:7b' }] } },
  openai: { path: '/v1/models', header: 'authorization', list: { data: [{ id: 'qwen2.5:7b' }] } },
  claude: { path: '/v1/models?limit=1000', header: 'x-api-key', list: { data: [{ id: 'qwen2.5:7b' }] } },
} as const
const env = { KEY: 'the-key' }

function configured(provider: keyof typeof SERVERS, server: string, model = 'qwen2.5:7b') {
  const url = provider === 'openai' ? `${server}/v1` : server
  const own = provider === 'ollama' ? { url, model } : { url, model, apiKeyEnv: 'KEY', namespaces: ['*'] }
  const parsed = parseConfig({ file: JSON.stringify({ proposers: [provider], [provider]: own }) })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.config
}

for (const [name, { path, header, list }] of Object.entries(SERVERS)) {
  const provider = name as keyof typeof SERVERS
  const server = (t: TestContext, answer: Answered = { body: list }) =>
    aServer(t, (asked, { headers }) => {
      if (asked !== path) return undefined
      if (header !== undefined) assert.match(String(headers[header]), /^(Bearer )?the-key$/)
      return answer
    })

  describe(`doctor on ${name}`, () => {
    it('is content with a server that has the model', async (t) => {
      allOk(await checkModels(configured(provider, await server(t)), env))
    })

    it('is red for a model that the server does not have', async (t) => {
      const found = only(await checkModels(configured(provider, await server(t), 'other:1b'), env), 'failed')
      assert.match(found.sentence, /has no model other:1b/)
    })

    it('is red for a server that does not answer', async () => {
      const found = only(await checkModels(configured(provider, await nowhere()), env), 'failed')
      assert.match(found.sentence, /ECONNREFUSED/)
    })

    it('is red for something else at the address', async (t) => {
      const elsewhere = await server(t, { status: 404 })
      assert.match(
        only(await checkModels(configured(provider, elsewhere), env), 'failed').sentence,
        /HTTP 404/,
      )
    })

    if (header !== undefined) {
      it('is red for a key that is refused, and for one that is not there', async (t) => {
        const refusing = configured(provider, await server(t, { status: 401 }))
        const refused = only(await checkModels(refusing, env), 'failed')
        assert.match(refused.sentence, /refuses the API key/)
        assert.doesNotMatch(JSON.stringify(refused), /the-key/)
        assert.match(only(await checkModels(refusing, {}), 'failed').sentence, /variable KEY: is not set/)
      })
    }
  })
}
