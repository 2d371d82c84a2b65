import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ModelProvider } from '#src/domain/model-provider.ts'
import { proposersOf } from '#src/propose/open-proposers.ts'
import { PLAYBOOKS } from '#src/propose/playbooks/playbooks.ts'
import { modelDeps } from './llm/models.ts'

const own = { url: '', model: '', timeout: 1, retries: 0, repairRounds: 0, contextTokens: 4096 }
const hosted = {
  ...{ ...own, url: 'http://127.0.0.1:1', answerTokens: 500, promptPrice: 0, answerPrice: 0 },
  namespaces: ['*'],
}
const models = {
  concurrency: 1,
  tokensPerIncident: 1,
  tokensPerHour: 1,
  centsPerIncident: 1,
  centsPerHour: 1,
}

const names = async (...proposers: ('memory' | 'playbooks' | ModelProvider)[]) => {
  const settings = { proposers, models, ollama: own, openai: hosted, claude: hosted }
  const { deps } = await modelDeps()
  const made = await proposersOf(settings, { ...deps, apiKey: async () => undefined })
  return made.map(({ name }) => name)
}

it('proposers are asked in the configured order', async () => {
  const playbooks = PLAYBOOKS.map(({ name }) => name)
  assert.deepEqual(await names('playbooks'), playbooks)
  assert.deepEqual(await names('ollama'), ['ollama'])
  assert.deepEqual(await names('ollama', 'playbooks'), ['ollama', ...playbooks])
  assert.deepEqual(await names('memory', 'claude', 'openai'), ['memory', 'claude', 'openai'])
})
