import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Cluster } from '#src/cluster/connect.ts'
import { LeaderElection } from '#src/cluster/leader-election.ts'
import type { Config } from '#src/config/config.ts'
import { fenced } from '#src/runtime/fence.ts'
import type { Log } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import type { WorldOptions } from './open-world.ts'

export const LEASE = 'aiops-operator-leader'
const WRITES = ['create', 'replace', 'apply', 'jsonPatch', 'mergePatch', 'remove'] as const

/** Whether this replica may work; alone, it always may. */
export interface Leadership {
  /** The cluster and the fence for everything that works: nothing is written without the lease. */
  readonly working: Pick<WorldOptions, 'cluster' | 'fence'>
  /** Resolves once it leads; never, when it resigns before. */
  readonly leading: Promise<void>
  /** Resolves when the lease was lost: whoever goes on would be a second one. */
  readonly lost: Promise<void>
  /** Gives the lease back, if it is held. */
  resign(): Promise<void>
}

export function openLeadership(config: Config, cluster: Cluster, log: Log): Leadership {
  const { enabled, namespace, leaseDuration, renewDeadline, retryPeriod } = config.leaderElection
  const never = new Promise<void>(() => undefined)
  if (!enabled)
    return { working: { cluster }, leading: Promise.resolve(), lost: never, resign: async () => undefined }
  const election = new LeaderElection({
    api: cluster.api,
    clock: systemClock,
    random: Math.random,
    log,
    namespace,
    name: LEASE,
    identity: `${hostname()}_${randomUUID()}`,
    leaseMs: leaseDuration,
    renewDeadlineMs: renewDeadline,
    retryMs: retryPeriod,
  })
  const resigning = new AbortController()
  const leading = Promise.withResolvers<void>()
  const ended = election.run(resigning.signal, leading.resolve)
  return {
    working: { cluster: { ...cluster, api: fenced(cluster.api, election, WRITES) }, fence: election },
    leading: leading.promise,
    lost: ended.then((how) => (how === 'lost' ? undefined : never)),
    async resign() {
      resigning.abort()
      await ended
    },
  }
}
