import { createHmac } from 'node:crypto'
import type { WebhookConfig } from '#src/config/config.ts'
import { readSecrets } from '#src/config/read-secret.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { ask, networkReason } from './asked.ts'
import { type Finding, findingsOf } from './finding.ts'

/** GitHub's own advice for a secret, in characters. */
const SHORT = 16
const PING = JSON.stringify({ zen: 'aiops-operator doctor' })

/** Is there a webhook, is its secret a secret, and does a signed delivery to the public address arrive at the operator? */
export async function checkWebhook(
  webhook: WebhookConfig | undefined,
  url: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  const say = findingsOf('webhook')
  if (webhook === undefined) {
    const remedy =
      'Set webhook.listen and webhook.secretFile (docs/webhooks.md) to be told of merges at once.'
    return [say.warning('is not configured: merges are found by polling', remedy)]
  }
  let secrets: readonly string[]
  try {
    secrets = await readSecrets(webhook.secrets, env)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return [say.failed(error.message, error.remedy)]
  }
  const short = secrets.some((secret) => secret.length < SHORT)
  const length = short
    ? [say.warning(`a secret has fewer than ${SHORT} characters`, 'Use 32 random characters.')]
    : [say.ok('has a secret')]
  if (url === undefined) return [...length, say.skipped('reached from outside? --webhook-url tries it')]
  return [...length, await deliveryFinding(url, secrets[0] ?? '')]
}

/** Sends what a forge sends to try a webhook. It changes nothing: an event that the operator leaves unread. */
async function deliveryFinding(url: string, secret: string): Promise<Finding> {
  const say = findingsOf('webhook')
  const signature = createHmac('sha256', secret).update(PING).digest('hex')
  try {
    const { status } = await ask(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'ping',
        'x-github-delivery': 'aiops-operator-doctor',
        'x-hub-signature-256': `sha256=${signature}`,
      },
      body: PING,
    })
    if (status === 202) return say.ok(`a signed delivery to ${hostOf(url)} arrives`)
    if (status === 401) {
      const remedy = "Use the same secret in the forge's webhook and in the operator's configuration."
      return say.failed(`${hostOf(url)} refuses the signature`, remedy)
    }
    const remedy = 'Lead the address to the port of webhook.listen, with its path /webhook unchanged.'
    return say.failed(`${hostOf(url)} answered a delivery with HTTP ${status}`, remedy)
  } catch (error) {
    const remedy = 'Check Ingress, Service and NetworkPolicy in front of the operator.'
    return say.failed(`${hostOf(url)}: ${networkReason(error)}`, remedy)
  }
}

function hostOf(url: string): string {
  return new URL(url).host
}
