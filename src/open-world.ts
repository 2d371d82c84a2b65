import type { Cluster } from '#src/cluster/connect.ts'
import { ModelAnswers } from '#src/cluster/model-answers.ts'
import { ObjectTypes } from '#src/cluster/object-types.ts'
import { RemediationStore } from '#src/cluster/remediation-store.ts'
import type { Config } from '#src/config/config.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { createRedactor } from '#src/evidence/redact.ts'
import { openEngineTrigger } from '#src/execute/engine-trigger.ts'
import { openExecutor } from '#src/execute/executor.ts'
import type { Fetch } from '#src/forge/hosted/guarded-fetch.ts'
import { openPullRequests, openSides } from '#src/forge/open-forge.ts'
import { readTemplates } from '#src/forge/templates.ts'
import { forgeTexts } from '#src/forge/text/texts.ts'
import { createMetrics, type Metrics } from '#src/http/metrics.ts'
import { openManifests } from '#src/manifests/open-manifests.ts'
import { AnswersInMemory, inTwoPlaces } from '#src/propose/llm/answer-cache.ts'
import { proposersOf } from '#src/propose/open-proposers.ts'
import { ProposeChain } from '#src/propose/propose-chain.ts'
import { Quiet } from '#src/reconcile/quiet.ts'
import type { Observer, Repository, World } from '#src/reconcile/world.ts'
import { type Fence, fenced } from '#src/runtime/fence.ts'
import type { Log } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import type { WorkQueue } from '#src/runtime/work-queue.ts'
import { clusterReader } from './cluster-reader.ts'
import { ForgeAccounts } from './forge-accounts.ts'
import { knownSecrets } from './known-secrets.ts'
import { modelSecrets } from './model-secrets.ts'
import { observeIncidents } from './observe-incidents.ts'
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
/** Committer of every commit of ours. */
export const IDENTITY = { name: 'aiops-operator', email: 'aiops-operator@users.noreply.aiops-operator.dev' }

/** Every adapter behind its port, out of the configuration. Reads templates and credentials' places; sends nothing. */
export async function openWorld(
  options: WorldOptions,
): Promise<{ readonly world: World; readonly metrics: Metrics }> {
  const { config, cluster, queues, log, observer } = options
  const metrics = createMetrics({
    clock: systemClock,
    version: VERSION,
    workQueue: () => sum(Object.values(queues)),
  })
  const incidents = observeIncidents({ api: cluster.api, clock: systemClock, log })
  const redactor = createRedactor({ known: () => knownSecrets(config, options.env) })
  const types = new ObjectTypes(cluster.transport, systemClock)
  const models = {
    clock: systemClock,
    observe: metrics.llmRequest,
    types: (target: TargetRef) => types.of(target),
    answers: inTwoPlaces(new AnswersInMemory(), new ModelAnswers(cluster.api, log)),
    ...modelSecrets(config, options.env, redactor),
    ...(options.signal && { signal: options.signal }),
  }
  const accounts = new ForgeAccounts(options)
  const world: World = {
    clock: systemClock,
    log,
    remediations: new RemediationStore(cluster.api, systemClock),
    cluster: clusterReader(cluster.api, redactor, systemClock, log),
    executor: openExecutor(cluster.api),
    engines: openEngineTrigger(cluster.api),
    repositories: await Promise.all(
      config.repositories.map((spec) => openRepository(spec, options, accounts)),
    ),
    proposals: new ProposeChain(await proposersOf(config, models), log),
    texts: forgeTexts({
      templates: await readTemplates(),
      repositories: config.repositories,
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
  return { world: options.around?.(world) ?? world, metrics }
}

async function openRepository(
  spec: RepositorySpec,
  { config, env, log, fence }: WorldOptions,
  accounts: ForgeAccounts,
): Promise<Repository> {
  const hosted = await accounts.open(spec)
  const manifests = await openManifests(spec, {
    stateFolder: config.stateDir,
    inherited: env,
    identity: IDENTITY,
    ...(hosted?.mint && { mint: hosted.mint }),
    ...(config.renderer.kustomize !== undefined && { renderer: config.renderer.kustomize }),
    ...(config.renderer.helm !== undefined && { helm: config.renderer.helm }),
  })
  const pullRequests = openPullRequests(spec, hosted?.api, {
    store: manifests,
    identity: `${IDENTITY.name} <${IDENTITY.email}>`,
    log,
  })
  const hostedSides = hosted && openSides(hosted.api, spec.branch)
  if (fence === undefined)
    return { spec, manifests, pullRequests, ...(hostedSides && { hosted: hostedSides }) }
  return {
    spec,
    manifests: fenced(manifests, fence, ['push', 'deleteBranch']),
    pullRequests: fenced(pullRequests, fence),
    ...(hostedSides && { hosted: { ...hostedSides, checks: fenced(hostedSides.checks, fence) } }),
  }
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
