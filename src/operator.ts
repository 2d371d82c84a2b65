import { type Cluster, connectToCluster } from '#src/cluster/connect.ts'
import { RemediationStore } from '#src/cluster/remediation-store.ts'
import type { Config } from '#src/config/config.ts'
import { OwnerCache } from '#src/detect/owner-chain.ts'
import { isEnded } from '#src/domain/remediation.ts'
import { Detection } from '#src/reconcile/detection.ts'
import { NamespaceDetection } from '#src/reconcile/namespace-detection.ts'
import { Rest } from '#src/reconcile/rest.ts'
import type { World } from '#src/reconcile/world.ts'
import type { Log } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import type { WorkQueue } from '#src/runtime/work-queue.ts'
import { openLeadership } from './leadership.ts'
import { openWorld, type WorldOptions } from './open-world.ts'
import { type SweepOptions, sweepHourly } from './retention-sweep.ts'
import { startServers } from './serve.ts'
import { markReflectors, podReflector, remediationReflector } from './watch.ts'
import { WatchedRepositories } from './watch-repositories.ts'
import { followRepositories, newQueues, startWork } from './work.ts'

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

const OWNERS = { ttlMs: 60_000, maxEntries: 10_000 }
/** Requests under way when the operator stops may take so long. Milliseconds. */
const GRACE = 10_000

/** Starts the whole controller in this process. Rejects when it cannot start; afterwards it survives what it watches. */
export async function startOperator(
  options: Omit<WorldOptions, 'cluster' | 'queues' | 'fence' | 'manifestRepositories'>,
): Promise<Operator> {
  const { config, log } = options
  const stopping = new AbortController()
  const cluster = connectToCluster({ kubeconfig: config.kubeconfig }, systemClock)
  const queues = newQueues()
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

function sweepOptions(config: Config, { api }: Cluster, log: Log): SweepOptions {
  return { api, clock: systemClock, log, namespaces: config.watch.namespaces, keepMs: config.retention }
}

async function within(graceMs: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  await Promise.race([work, systemClock.sleep(graceMs, done.signal)])
  done.abort()
}
