import { type Cluster, connectToCluster } from '#src/cluster/connect.ts'
import { Reflector } from '#src/cluster/reflector.ts'
import { RemediationStore } from '#src/cluster/remediation-store.ts'
import type { Config, WebhookConfig } from '#src/config/config.ts'
import { readSecrets } from '#src/config/read-secret.ts'
import { OwnerCache } from '#src/detect/owner-chain.ts'
import { type PodSketch, projectPod } from '#src/detect/project-pod.ts'
import { type Mark, markOf, WATCHED_KINDS } from '#src/detect/state/mark.ts'
import { asOperatorError, OperatorError } from '#src/domain/errors.ts'
import { API_VERSION, isEnded, type Remediation } from '#src/domain/remediation.ts'
import { parseRemediation, REMEDIATION_KIND } from '#src/domain/remediation-wire.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { HealthChecks } from '#src/http/health.ts'
import { type Endpoint, startListeners } from '#src/http/listeners.ts'
import type { Metrics } from '#src/http/metrics.ts'
import { createWebhook } from '#src/http/webhook.ts'
import { Detection } from '#src/reconcile/detection.ts'
import { hinted } from '#src/reconcile/hints.ts'
import type { LiveRepositories } from '#src/reconcile/live-repositories.ts'
import { NamespaceDetection } from '#src/reconcile/namespace-detection.ts'
import { reconcile } from '#src/reconcile/reconcile.ts'
import { Rest } from '#src/reconcile/rest.ts'
import { FreshHints } from '#src/reconcile/round/fresh-hints.ts'
import { Rounds } from '#src/reconcile/round/rounds.ts'
import type { World } from '#src/reconcile/world.ts'
import type { Log } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { WorkQueue } from '#src/runtime/work-queue.ts'
import { runWorkers } from '#src/runtime/workers.ts'
import { openLeadership } from './leadership.ts'
import { openWorld, type WorldOptions } from './open-world.ts'
import { type SweepOptions, sweepHourly } from './retention-sweep.ts'
import { WatchedRepositories } from './watch-repositories.ts'

export interface Operator {
  /** Ports that were taken; the webhook's is undefined without a webhook server. */
  readonly ports: { readonly http: number; readonly webhook: number | undefined }
  /** Resolves once pods and Remediations were listed completely. */
  readonly synced: Promise<void>
  /** Resolves when another replica may work instead: this process has to end. */
  readonly lost: Promise<void>
  /** Takes nothing new and lets what is under way end, for at most so many milliseconds. */
  stop(graceMs?: number): Promise<void>
}

const BACKOFF = { baseMs: 200, maxMs: 300_000, jitter: 0.3 }
const RETRIES = { perSecond: 20, burst: 100 }
const OWNERS = { ttlMs: 60_000, maxEntries: 10_000 }
/** Requests under way when the operator stops may take so long. Milliseconds. */
const GRACE = 10_000
/** Each holds one namespace's objects in memory. */
const NAMESPACES_AT_ONCE = 2
const WITHOUT_STATUS = 2_000
const HINT_TIMEOUT = 8_000
const CHECK_TIMEOUT = 2_000
/** Repositories that are gone round at the same time. */
const ROUNDS = 2

/** Starts the whole controller in this process. Rejects when it cannot start; afterwards it survives what it watches. */
export async function startOperator(
  options: Omit<WorldOptions, 'cluster' | 'queues' | 'fence' | 'manifestRepositories'>,
): Promise<Operator> {
  const { config, log } = options
  const stopping = new AbortController()
  const cluster = connectToCluster({ kubeconfig: config.kubeconfig }, systemClock)
  const queues = {
    faults: newQueue(),
    namespaces: newQueue(),
    remediations: newQueue(),
    rounds: newQueue(),
    repositories: newQueue(),
  }
  const rest = new Rest()
  const leadership = openLeadership(config, cluster, log)
  const watched = new WatchedRepositories({
    ...{ config: config.manifestRepositories, cluster, clock: systemClock, log },
    onNames(names) {
      for (const name of names) queues.repositories.add(name)
    },
  })
  const { world, metrics, repositories } = await openWorld({
    ...options,
    ...leadership.working,
    queues,
    signal: stopping.signal,
    manifestRepositories: {
      objects: () => watched.values(),
      onChange() {
        rest.clear()
        for (const { spec } of world.repositories.all()) queues.rounds.add(spec.name)
        for (const each of remediations.values())
          if (each && !isEnded(each)) queues.remediations.add(`${each.namespace}/${each.name}`)
      },
    },
  })
  const detection = openDetection(config, world, cluster, queues.faults)
  const namespaces = new NamespaceDetection(world, {
    settleMs: config.settle,
    excluded: new Set(config.watch.excludeNamespaces),
    enqueueAfter: (namespace, milliseconds) => queues.namespaces.addAfter(namespace, milliseconds),
  })
  const podsSynced = Promise.withResolvers<void>()
  const remediationsSynced = Promise.withResolvers<void>()
  const pods = podReflector(config, cluster, log, { detection, namespaces }, podsSynced.resolve)
  const remediations = remediationReflector(config, cluster, log, queues, remediationsSynced.resolve)
  metrics.watch(() => [...remediations.values()].filter((each) => each !== undefined))
  // Every replica takes webhooks: a hint needs no lease, and the leader sees it.
  const hints = new RemediationStore(cluster.api, systemClock)
  const specs = () => world.repositories.all().map(({ spec }) => spec)
  const served = { log, env: options.env, metrics, hints, specs, remediations, pods }
  const servers = await startServers(config, served)
  const followed = [pods, remediations, watched, ...markReflectors(config, cluster, log, namespaces)]
  const following = followed.map((each) => each.run(stopping.signal))
  let working: Promise<void> = Promise.resolve()
  let sweeping: Promise<void> | undefined
  // What is planned before all repositories are known could miss its own.
  void Promise.all([leadership.leading, watched.known]).then(() => {
    if (stopping.signal.aborted) return
    working = work()
    if (!config.paused)
      sweeping = sweepHourly(sweepOptions(config, leadership.working.cluster, log), stopping.signal)
  })
  async function work(): Promise<void> {
    await repositories.openAll()
    const begun = config.paused
      ? []
      : startWork(config, { world, metrics }, queues, { detection, namespaces }, rest)
    const opened = followRepositories(config, { world, metrics }, queues.repositories, repositories)
    await Promise.all([...begun, opened])
  }
  log.info('started', { repositories: config.repositories.length, paused: config.paused })
  return {
    ports: servers.ports,
    lost: leadership.lost,
    synced: Promise.all([podsSynced.promise, remediationsSynced.promise]).then(() => undefined),
    async stop(graceMs = GRACE) {
      if (stopping.signal.aborted) return
      detection.close()
      watched.close()
      for (const queue of Object.values(queues)) queue.shutDown()
      // Every step can be repeated, so what does not end in time is left to whoever starts next.
      await within(graceMs, working)
      stopping.abort()
      await leadership.resign()
      await Promise.all([...following, sweeping, servers.listeners.close(GRACE)])
      await cluster.close()
      log.info('stopped')
    },
  }
}

function newQueue(): WorkQueue {
  return new WorkQueue({ clock: systemClock, random: Math.random, backoff: BACKOFF, rate: RETRIES })
}

function openDetection(config: Config, world: World, cluster: Cluster, queue: WorkQueue): Detection {
  const owners = new OwnerCache(
    ({ apiVersion, kind, namespace, name }) => cluster.api.get({ apiVersion, kind, namespace, name }),
    { clock: systemClock, ...OWNERS },
  )
  return new Detection(world, {
    settleMs: config.settle,
    stableForMs: config.settleRecovered,
    lookup: owners.lookup,
    excluded: new Set(config.watch.excludeNamespaces),
    enqueue: (key) => queue.add(key),
  })
}

function podReflector(
  config: Config,
  cluster: Cluster,
  log: Log,
  { detection, namespaces }: Detections,
  onSynced: () => void,
): Reflector<PodSketch> {
  return new Reflector<PodSketch>({
    ...reflecting(config, cluster, log),
    apiVersion: 'v1',
    kind: 'Pod',
    project: projectPod,
    handlers: {
      onUpsert: (pod, raw) => {
        detection.upsert(pod)
        const mark = markOf(raw)
        if (mark.troubled) namespaces.touch(mark.namespace)
      },
      onDelete: ({ uid }) => detection.remove(uid),
      onSynced: () => {
        log.info('pods listed')
        onSynced()
      },
    },
  })
}

interface Queues {
  readonly faults: WorkQueue
  readonly namespaces: WorkQueue
  readonly remediations: WorkQueue
  readonly rounds: WorkQueue
}

interface Detections {
  readonly detection: Detection
  readonly namespaces: NamespaceDetection
}

/** Follows everything else that the checks look at. A few bytes are kept of each object: whether it matters that it changed. */
function markReflectors(
  config: Config,
  cluster: Cluster,
  log: Log,
  namespaces: NamespaceDetection,
): readonly Reflector<Mark>[] {
  return WATCHED_KINDS.map(
    ([apiVersion, kind]) =>
      new Reflector<Mark>({
        ...reflecting(config, cluster, log),
        apiVersion,
        kind,
        project: markOf,
        handlers: {
          onUpsert: (mark, _raw, before) => namespaces.changed(mark, before),
          onDelete: ({ namespace }) => namespaces.touch(namespace),
          onSynced: () => undefined,
        },
      }),
  )
}

/** What is kept of each Remediation: enough to find it for a webhook. What is not one of ours is kept as nothing. */
function remediationReflector(
  config: Config,
  cluster: Cluster,
  log: Log,
  queues: { readonly remediations: WorkQueue; readonly rounds: WorkQueue },
  onSynced: () => void,
): Reflector<Remediation | undefined> {
  const hints = new FreshHints()
  return new Reflector<Remediation | undefined>({
    ...reflecting(config, cluster, log),
    apiVersion: API_VERSION,
    kind: REMEDIATION_KIND,
    project: (object) => {
      try {
        return { ...parseRemediation(object), evidence: {} }
      } catch (error) {
        const { code, message } = asOperatorError(error)
        log.warn(message, { code })
        return undefined
      }
    },
    handlers: {
      onUpsert: (remediation, raw) => {
        if (remediation === undefined) return
        // A webhook's hint may be about a comment, too.
        const repository = hints.repositoryToVisit(remediation, raw)
        if (repository !== undefined) queues.rounds.add(repository)
        if (isEnded(remediation)) return
        const key = `${remediation.namespace}/${remediation.name}`
        // Whoever creates one writes its first status right after; only a crash between the two leaves it without.
        if (raw['status'] === undefined) queues.remediations.addAfter(key, WITHOUT_STATUS)
        else queues.remediations.add(key)
      },
      onDelete: (remediation) => hints.forget(remediation),
      onSynced: () => {
        log.info('Remediations listed')
        onSynced()
      },
    },
  })
}

function reflecting(config: Config, cluster: Cluster, log: Log) {
  const namespaces: 'all' | readonly string[] = config.watch.namespaces ?? 'all'
  return { cluster, clock: systemClock, random: Math.random, log, namespaces }
}

function startWork(
  config: Config,
  { world, metrics }: Told,
  queues: Queues,
  { detection, namespaces }: Detections,
  rest: Rest,
): readonly Promise<void>[] {
  const shared = workers(config, { world, metrics })
  const rounds = new Rounds(world)
  for (const { spec } of world.repositories.all()) queues.rounds.add(spec.name)
  return [
    runWorkers(queues.rounds, { ...shared, concurrency: ROUNDS, work: (name) => rounds.go(name) }),
    runWorkers(queues.faults, { ...shared, work: (key) => detection.reconcile(key) }),
    runWorkers(queues.namespaces, {
      ...shared,
      concurrency: NAMESPACES_AT_ONCE,
      work: (key) => namespaces.reconcile(key),
    }),
    runWorkers(queues.remediations, {
      ...shared,
      work: (key) => {
        const [namespace = '', name = ''] = key.split('/')
        return reconcile(world, namespace, name, rest)
      },
    }),
  ]
}

function followRepositories(
  config: Config,
  told: Told,
  queue: WorkQueue,
  repositories: LiveRepositories,
): Promise<void> {
  return runWorkers(queue, { ...workers(config, told), work: (name) => repositories.reconcile(name) })
}

interface Told {
  readonly world: World
  readonly metrics: Metrics
}

function workers({ concurrency }: Config, { world, metrics }: Told) {
  return {
    concurrency,
    retryOf: (error: unknown) => asOperatorError(error).retry,
    onError: (key: string, error: unknown) => {
      metrics.failed(asOperatorError(error).code)
      report(world.log, key, error)
    },
  }
}

function sweepOptions(config: Config, { api }: Cluster, log: Log): SweepOptions {
  return { api, clock: systemClock, log, namespaces: config.watch.namespaces, keepMs: config.retention }
}

function report(log: Log, key: string, thrown: unknown): void {
  const error = asOperatorError(thrown)
  const fields = { key, code: error.code, remedy: error.remedy }
  if (error.code === 'ApiConflict') log.debug(error.message, fields)
  else if (error.code === 'Internal') log.error(error.message, { ...fields, stack: stackOf(thrown) })
  else log.warn(error.message, fields)
}

function stackOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? thrown.stack : undefined
}

interface Served {
  readonly log: Log
  readonly env: NodeJS.ProcessEnv
  readonly metrics: Metrics
  readonly hints: Pick<RemediationStore, 'hint'>
  readonly specs: () => readonly RepositorySpec[]
  readonly pods: Reflector<PodSketch>
  readonly remediations: Reflector<Remediation | undefined>
}

async function startServers(config: Config, served: Served) {
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

async function within(graceMs: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  await Promise.race([work, systemClock.sleep(graceMs, done.signal)])
  done.abort()
}
