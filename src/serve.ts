import type { Reflector } from '#src/cluster/reflector.ts'
import type { RemediationStore } from '#src/cluster/remediation-store.ts'
import type { Config, WebhookConfig } from '#src/config/config.ts'
import { readSecrets } from '#src/config/read-secret.ts'
import type { PodSketch } from '#src/detect/project-pod.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import { REMEDIATION_KIND } from '#src/domain/remediation-wire.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { HealthChecks } from '#src/http/health.ts'
import { type Endpoint, startListeners } from '#src/http/listeners.ts'
import type { Metrics } from '#src/http/metrics.ts'
import { createWebhook } from '#src/http/webhook.ts'
import { hinted } from '#src/reconcile/hints.ts'
import type { Log } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'

const HINT_TIMEOUT = 8_000
const CHECK_TIMEOUT = 2_000

export interface Served {
  readonly log: Log
  readonly env: NodeJS.ProcessEnv
  readonly metrics: Metrics
  readonly hints: Pick<RemediationStore, 'hint'>
  readonly specs: () => readonly RepositorySpec[]
  readonly pods: Reflector<PodSketch>
  readonly remediations: Reflector<Remediation | undefined>
}

/** Health, metrics and the webhook, on the configured addresses. */
export async function startServers(config: Config, served: Served) {
  const { metrics, log } = served
  const timing = { clock: systemClock, timeoutMs: CHECK_TIMEOUT }
  const alive = new HealthChecks(timing)
  const ready = new HealthChecks(timing)
  ready.register('pods', async () => syncedOrThrow(served.pods, 'Pod'))
  ready.register('remediations', async () => syncedOrThrow(served.remediations, REMEDIATION_KIND))
  const endpoints: Endpoint[] = [
    {
      listen: config.http.listen,
      routes: new Map([
        ['/healthz', alive.handler],
        ['/readyz', ready.handler],
        ['/metrics', metrics.handler],
      ]),
    },
  ]
  if (config.webhook !== undefined) endpoints.push(await webhookEndpoint(config.webhook, served))
  const listeners = await startListeners(endpoints, log)
  const [http = 0, webhook] = listeners.ports
  return { listeners, ports: { http, webhook } }
}

function syncedOrThrow(
  reflector: { readonly synced: boolean; readonly failing: number },
  kind: string,
): void {
  if (reflector.synced && reflector.failing === 0) return
  throw new OperatorError('ApiUnreachable', `the list of ${kind} objects is not up to date`)
}

async function webhookEndpoint(webhook: WebhookConfig, served: Served): Promise<Endpoint> {
  const { hints, specs, log, env, metrics, remediations } = served
  const handler = await createWebhook({
    secrets: () => readSecrets(webhook.secrets, env),
    maxBody: webhook.maxBody,
    clock: systemClock,
    hintTimeoutMs: HINT_TIMEOUT,
    log,
    onResult: (result) => metrics.webhookDelivery(result),
    onHint: async (hint) => {
      const known = [...remediations.values()].filter((each) => each !== undefined)
      const value = `${hint.delivery || 'delivery'}-${systemClock.now()}`
      const meant = hinted(hint, specs(), known)
      await Promise.all(meant.map(({ namespace, name }) => hints.hint(namespace, name, value)))
    },
  })
  return { listen: webhook.listen, routes: new Map([['/webhook', handler]]) }
}
