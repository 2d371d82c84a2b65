import type { Cluster } from '#src/cluster/connect.ts'
import { ModelAnswers } from '#src/cluster/model-answers.ts'
import { ObjectTypes } from '#src/cluster/object-types.ts'
import { RemediationStore } from '#src/cluster/remediation-store.ts'
import { writeRepositoryStatus } from '#src/cluster/repository-status-writer.ts'
import type { Config } from '#src/config/config.ts'
import { readManifestRepository } from '#src/config/manifest-repository.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { createRedactor } from '#src/evidence/redact.ts'
import { openEngineTrigger } from '#src/execute/engine-trigger.ts'
import { openExecutor } from '#src/execute/executor.ts'
import type { Fetch } from '#src/forge/hosted/guarded-fetch.ts'
import { readTemplates } from '#src/forge/templates.ts'
import { forgeTexts } from '#src/forge/text/texts.ts'
import { createMetrics, type Metrics } from '#src/http/metrics.ts'
import { AnswersInMemory, inTwoPlaces } from '#src/propose/llm/answer-cache.ts'
import { proposersOf } from '#src/propose/open-proposers.ts'
import { ProposeChain } from '#src/propose/propose-chain.ts'
import { LiveRepositories, type LiveRepositoriesOptions } from '#src/reconcile/live-repositories.ts'
import { Quiet } from '#src/reconcile/quiet.ts'
import type { Observer, World } from '#src/reconcile/world.ts'
import type { Fence } from '#src/runtime/fence.ts'
import type { Log } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import type { WorkQueue } from '#src/runtime/work-queue.ts'
import { clusterReader } from './cluster-reader.ts'
import { ForgeAccounts } from './forge-accounts.ts'
import { knownSecrets } from './known-secrets.ts'
import { modelSecrets } from './model-secrets.ts'
import { observeIncidents } from './observe-incidents.ts'
import { openRepository } from './open-repository.ts'
import { VERSION } from './version.ts'

export interface WorldOptions {
  readonly config: Config
  readonly cluster: Cluster
  readonly queues: Readonly<Record<string, WorkQueue>>
  /** Looked at before every write to a forge or to Git; writes to the cluster are the caller's to fence. */
  readonly fence?: Fence
  readonly log: Log
  readonly env: NodeJS.ProcessEnv
  /** Aborts what is under way towards models when the operator stops. */
  readonly signal?: AbortSignal
  /** Where ManifestRepositories come from, and who is told when that changed something. None without it. */
  readonly manifestRepositories?: Pick<LiveRepositoriesOptions, 'objects' | 'onChange'>
  /** Told of every change of state, after the metrics. */
  readonly observer?: Observer
  /** Instead of the global fetch, towards forges. */
  readonly fetch?: Fetch
  /** How often a rollout is looked at, in milliseconds. */
  readonly recheckMs?: number
  /** Puts something around the ports: a test that crashes between two calls. */
  readonly around?: (world: World) => World
}

const RECHECK = 3_000
/** Every adapter behind its port, out of the configuration. Reads templates and credentials' places; sends nothing. */
export async function openWorld(
  options: WorldOptions,
): Promise<{ readonly world: World; readonly metrics: Metrics; readonly repositories: LiveRepositories }> {
  const { config, cluster, queues, log, observer } = options
  const metrics = createMetrics({
    clock: systemClock,
    version: VERSION,
    workQueue: () => sum(Object.values(queues)),
  })
  const incidents = observeIncidents({ api: cluster.api, clock: systemClock, log })
  const accounts = new ForgeAccounts(options)
  const repositories = new LiveRepositories({
    file: await Promise.all(config.repositories.map((spec) => openRepository(spec, options, accounts))),
    objects: options.manifestRepositories?.objects ?? (() => []),
    onChange: options.manifestRepositories?.onChange ?? (() => undefined),
    read: (object) => readManifestRepository(object, config.manifestRepositories),
    open: (spec) => openRepository(spec, options, accounts),
    report: (object, health) => writeRepositoryStatus(cluster.api, systemClock, object, health),
    pollMs: config.pollInterval,
    clock: systemClock,
    log,
  })
  const specs = () => repositories.all().map(({ spec }) => spec)
  const redactor = createRedactor({ known: () => knownSecrets(config, specs(), options.env) })
  const types = new ObjectTypes(cluster.transport, systemClock)
  const models = {
    clock: systemClock,
    observe: metrics.llmRequest,
    types: (target: TargetRef) => types.of(target),
    answers: inTwoPlaces(new AnswersInMemory(), new ModelAnswers(cluster.api, log)),
    ...modelSecrets(config, options.env, redactor),
    ...(options.signal && { signal: options.signal }),
  }
  const world: World = {
    clock: systemClock,
    log,
    remediations: new RemediationStore(cluster.api, systemClock),
    cluster: clusterReader(cluster.api, redactor, systemClock, log),
    executor: openExecutor(cluster.api),
    engines: openEngineTrigger(cluster.api),
    repositories,
    proposals: new ProposeChain(await proposersOf(config, models), log),
    texts: forgeTexts({
      templates: await readTemplates(),
      repositories: specs,
      ...(config.clusterName !== undefined && { clusterName: config.clusterName }),
    }),
    patience: {
      poll: config.pollInterval,
      recheck: Math.min(options.recheckMs ?? RECHECK, config.pollInterval),
      recovery: config.recoveryTimeout,
    },
    settleRecoveredMs: config.settleRecovered,
    quiet: new Quiet(),
    observer: {
      stateChanged(previous, next) {
        metrics.stateChanged(previous, next)
        incidents.stateChanged(previous, next)
        observer?.stateChanged(previous, next)
      },
    },
  }
  return { world: options.around?.(world) ?? world, metrics, repositories }
}

function sum(queues: readonly WorkQueue[]) {
  return queues.reduce(
    (total, { waiting, delayed, working }) => ({
      waiting: total.waiting + waiting,
      delayed: total.delayed + delayed,
      working: total.working + working,
    }),
    { waiting: 0, delayed: 0, working: 0 },
  )
}
