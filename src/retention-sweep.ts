import type { KubeApi } from '#src/cluster/kube-api.ts'
import { asOperatorError, OperatorError } from '#src/domain/errors.ts'
import { asJson, type KubeObject, member } from '#src/domain/kube-object.ts'
import { API_VERSION } from '#src/domain/remediation.ts'
import { parseRemediation, REMEDIATION_KIND } from '#src/domain/remediation-wire.ts'
import { milliseconds } from '#src/domain/time.ts'
import { type Kept, outlived } from '#src/reconcile/retention.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Log } from '#src/runtime/log.ts'

const HOUR = 3_600_000

export interface SweepOptions {
  readonly api: Pick<KubeApi, 'list' | 'remove'>
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  readonly log: Log
  /** All without it. */
  readonly namespaces: readonly string[] | undefined
  readonly keepMs: number
}

/** Deletes Remediations that ended long ago, now and every hour, until the signal aborts. Survives what goes wrong. */
export async function sweepHourly(options: SweepOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await sweep(options)
    } catch (error) {
      const { code, message } = asOperatorError(error)
      options.log.warn(`ended Remediations were not looked through: ${message}`, { code })
    }
    await options.clock.sleep(HOUR, signal)
  }
}

/** How many it deleted. What cannot be read is nobody's to delete. */
export async function sweep({ api, clock, log, namespaces, keepMs }: SweepOptions): Promise<number> {
  const lists = await Promise.all(
    (namespaces ?? [undefined]).map((namespace) =>
      api.list(API_VERSION, REMEDIATION_KIND, namespace === undefined ? {} : { namespace }),
    ),
  )
  const old = outlived(lists.flat().flatMap(kept), clock.now(), keepMs)
  for (const { namespace, name } of old) {
    await api.remove({ apiVersion: API_VERSION, kind: REMEDIATION_KIND, namespace, name })
    log.info('an ended Remediation was deleted', { remediation: `${namespace}/${name}` })
  }
  return old.length
}

function kept(object: KubeObject): readonly Kept[] {
  const updated = milliseconds(member(asJson(object)['status'], 'lastUpdateTime'))
  if (updated === undefined) return []
  try {
    return [{ remediation: parseRemediation(object), updated }]
  } catch (error) {
    if (error instanceof OperatorError) return []
    throw error
  }
}
