import type { KubeObject } from '#src/domain/kube-object.ts'
import { FIELD_MANAGER } from '#src/domain/remediation.ts'
import { rfc3339 } from '#src/domain/time.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { KubeApi } from './kube-api.ts'

/** As the API server bounds it. */
const LONGEST_NOTE = 1_024

/** The object that an Event is about. Without its uid nothing that shows the object finds the Event. */
export interface Involved {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface EventText {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/**
 * Creates one Event in the object's namespace. Events are for people: they end after an hour, and nothing is decided by
 * them. Throws as `create` does.
 */
export async function recordEvent(
  api: Pick<KubeApi, 'create'>,
  clock: Pick<Clock, 'now'>,
  involved: Involved,
  { type, reason, message }: EventText,
): Promise<void> {
  const now = clock.now()
  const time = rfc3339(now)
  const cut = message.length > LONGEST_NOTE ? `${message.slice(0, LONGEST_NOTE - 1)}…` : message
  const event: KubeObject & Readonly<Record<string, unknown>> = {
    apiVersion: 'v1',
    kind: 'Event',
    // As client-go names them: the object and a time that no other Event of it has.
    metadata: { namespace: involved.namespace, name: eventName(involved.name, reason, now) },
    involvedObject: { ...involved },
    ...{ type, reason, message: cut },
    ...{ firstTimestamp: time, lastTimestamp: time, count: 1 },
    source: { component: FIELD_MANAGER },
    reportingComponent: FIELD_MANAGER,
    reportingInstance: FIELD_MANAGER,
  }
  await api.create(event)
}

function eventName(object: string, reason: string, now: number): string {
  return `${object.slice(0, 200)}.${reason.toLowerCase()}.${now.toString(16)}`
}
