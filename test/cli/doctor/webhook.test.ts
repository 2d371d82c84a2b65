import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { checkWebhook } from '#src/cli/doctor/check-webhook.ts'
import { startListeners } from '#src/http/listeners.ts'
import { createWebhook } from '#src/http/webhook.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { recordingLog } from '../../forge/recording-log.ts'
import { nowhere } from './a-server.ts'
import { allOk, only } from './red.ts'

const SECRET = 'thirty-two random characters ....'
const env = { SECRET, OTHER: 'another secret of good length', SHORT: 'short' }

function configured(name: string) {
  return { listen: { host: '127.0.0.1', port: 0 }, secrets: [{ env: name }], maxBody: 1024 }
}

/** The operator's own webhook, as `run` starts it. */
async function listening(t: TestContext): Promise<string> {
  const { log } = recordingLog()
  const handler = await createWebhook({
    secrets: async () => [SECRET],
    ...{ maxBody: 1024, clock: systemClock, hintTimeoutMs: 1000, log },
    onHint: async () => assert.fail('a trial says nothing about a pull request'),
    onResult: () => undefined,
  })
  const routes = new Map([['/webhook', handler]])
  const listeners = await startListeners([{ listen: { host: '127.0.0.1', port: 0 }, routes }], log)
  t.after(() => listeners.close(0))
  return `http://127.0.0.1:${listeners.ports[0]}`
}

describe('doctor on the webhook', () => {
  it('is content when a signed delivery arrives', async (t) => {
    allOk(await checkWebhook(configured('SECRET'), `${await listening(t)}/webhook`, env))
  })

  it('is red when the other side knows another secret', async (t) => {
    const url = `${await listening(t)}/webhook`
    assert.match(
      only(await checkWebhook(configured('OTHER'), url, env), 'failed').sentence,
      /refuses the signature/,
    )
  })

  it('is red when the address leads past the webhook', async (t) => {
    const found = only(await checkWebhook(configured('SECRET'), `${await listening(t)}/`, env), 'failed')
    assert.match(found.sentence, /HTTP 404/)
  })

  it('is red when nothing answers there', async () => {
    const found = only(await checkWebhook(configured('SECRET'), `${await nowhere()}/webhook`, env), 'failed')
    assert.match(found.sentence, /ECONNREFUSED/)
  })

  it('is red when the secret is not there', async () => {
    const found = only(await checkWebhook(configured('MISSING'), undefined, env), 'failed')
    assert.match(found.sentence, /variable MISSING: is not set/)
  })

  it('warns of a short secret, and of no webhook at all', async () => {
    only(await checkWebhook(configured('SHORT'), undefined, env), 'warning')
    only(await checkWebhook(undefined, undefined, env), 'warning')
  })

  it('does not claim to be reachable without having tried', async () => {
    const findings = await checkWebhook(configured('SECRET'), undefined, env)
    assert.deepEqual(
      findings.map(({ level }) => level),
      ['ok', 'skipped'],
    )
  })
})
