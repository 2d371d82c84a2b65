import assert from 'node:assert/strict'
import { it } from 'node:test'
import { proposersOf } from '#src/propose/open-proposers.ts'
import { PLAYBOOKS } from '#src/propose/playbooks/playbooks.ts'

const ollama = { url: '', model: '', timeout: 1, retries: 0, repairRounds: 0, contextTokens: 4096 }
const clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} }
const names = async (...proposers: ('playbooks' | 'ollama')[]) =>
  (await proposersOf({ proposers, ollama }, { clock, observe: () => {} })).map(({ name }) => name)

it('proposers are asked in the configured order', async () => {
  const playbooks = PLAYBOOKS.map(({ name }) => name)
  assert.deepEqual(await names('playbooks'), playbooks)
  assert.deepEqual(await names('ollama'), ['ollama'])
  assert.deepEqual(await names('ollama', 'playbooks'), ['ollama', ...playbooks])
})
