import { recordEvent } from '#src/cluster/event-recorder.ts'
import type { KubeApi } from '#src/cluster/kube-api.ts'
import { asOperatorError } from '#src/domain/errors.ts'
import { API_VERSION, type Remediation } from '#src/domain/remediation.ts'
import { REMEDIATION_KIND } from '#src/domain/remediation-wire.ts'
import { auditRecords } from '#src/reconcile/audit-record.ts'
import { incidentEvent } from '#src/reconcile/incident-event.ts'
import type { Observer } from '#src/reconcile/world.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Log } from '#src/runtime/log.ts'

export interface ObservingOptions {
  readonly api: Pick<KubeApi, 'get' | 'create'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/**
 * Tells every change of state to the log, approvals and writes as audit records, and Events on the Remediation and its
 * target. `incident` is the same on every line of one incident. What cannot be told holds nothing up.
 */
export function observeIncidents({ api, clock, log }: ObservingOptions): Observer {
  return {
    stateChanged(previous, next) {
      logPhase(log, next)
      for (const { audit, fields } of auditRecords(previous, next)) log.info('audit', { audit, ...fields })
      tell(api, clock, previous, next).catch((error: unknown) => {
        const { code, message } = asOperatorError(error)
        log.debug(`no Event: ${message}`, { code, incident: next.uid })
      })
    },
  }
}

function logPhase(log: Log, next: Remediation): void {
  log.info('phase', {
    remediation: `${next.namespace}/${next.name}`,
    incident: next.uid,
    phase: next.state.phase,
    ...(next.state.phase === 'Applied' && { recovered: next.state.recovered }),
    ...('ended' in next.state && { reason: next.state.reason, why: next.state.message }),
  })
}

async function tell(
  api: Pick<KubeApi, 'get' | 'create'>,
  clock: Pick<Clock, 'now'>,
  previous: Remediation | undefined,
  next: Remediation,
): Promise<void> {
  const text = incidentEvent(previous, next)
  if (text === undefined) return
  const { namespace, name, uid, target } = next
  await recordEvent(
    api,
    clock,
    { apiVersion: API_VERSION, kind: REMEDIATION_KIND, namespace, name, uid },
    text,
  )
  const live = await api.get(target)
  if (live?.metadata.uid === undefined) return
  await recordEvent(api, clock, { ...target, uid: live.metadata.uid }, text)
}
