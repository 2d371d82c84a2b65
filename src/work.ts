import type { Config } from '#src/config/config.ts'
import { asOperatorError } from '#src/domain/errors.ts'
import type { Metrics } from '#src/http/metrics.ts'
import type { Detection } from '#src/reconcile/detection.ts'
import type { LiveRepositories } from '#src/reconcile/live-repositories.ts'
import type { NamespaceDetection } from '#src/reconcile/namespace-detection.ts'
import { reconcile } from '#src/reconcile/reconcile.ts'
import type { Rest } from '#src/reconcile/rest.ts'
import { Rounds } from '#src/reconcile/round/rounds.ts'
import type { World } from '#src/reconcile/world.ts'
import type { Log } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { WorkQueue } from '#src/runtime/work-queue.ts'
import { runWorkers } from '#src/runtime/workers.ts'

const BACKOFF = { baseMs: 200, maxMs: 300_000, jitter: 0.3 }
const RETRIES = { perSecond: 20, burst: 100 }
/** Each holds one namespace's objects in memory. */
const NAMESPACES_AT_ONCE = 2
/** Repositories that are gone round at the same time. */
const ROUNDS = 2

/** Keys by what is to be looked at. */
export type Queues = Readonly<
  Record<'faults' | 'namespaces' | 'remediations' | 'rounds' | 'repositories', WorkQueue>
>

export function newQueues(): Queues {
  return {
    faults: newQueue(),
    namespaces: newQueue(),
    remediations: newQueue(),
    rounds: newQueue(),
    repositories: newQueue(),
  }
}

function newQueue(): WorkQueue {
  return new WorkQueue({ clock: systemClock, random: Math.random, backoff: BACKOFF, rate: RETRIES })
}

/** Who turns what is seen into Remediations. */
export interface Detections {
  readonly detection: Detection
  readonly namespaces: NamespaceDetection
}

/** Workers on every queue but that of the repositories; each promise ends when its queue was shut down. */
export function startWork(
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

export function followRepositories(
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
