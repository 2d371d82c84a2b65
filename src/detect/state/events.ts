import { at, type ClusterState } from '#src/domain/cluster-state.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { ownKey } from '#src/domain/ownership.ts'
import { milliseconds } from '#src/domain/time.ts'

/** An event as both of its APIs tell it. */
export interface EventFacts {
  readonly reason: string
  /** Untrusted: whoever may create events in a namespace may write anything. */
  readonly message: string
  readonly count: number
  readonly first: number | undefined
  readonly last: number | undefined
}

/** The events about an object, newest first; an event about another object of the same name (uid) is left out. */
export function eventsAbout(state: ClusterState, object: KubeObject, reason?: string): readonly EventFacts[] {
  const { uid } = object.metadata
  return (state.events.get(ownKey(object)) ?? [])
    .filter((event) => {
      const about = at(event, 'involvedObject', 'uid') ?? at(event, 'regarding', 'uid')
      return about === undefined || about === '' || uid === undefined || about === uid
    })
    .map(factsOf)
    .filter((event) => reason === undefined || event.reason === reason)
    .toSorted((a, b) => (b.last ?? 0) - (a.last ?? 0))
}

function factsOf(event: KubeObject): EventFacts {
  const first = at(event, 'firstTimestamp') ?? at(event, 'deprecatedFirstTimestamp') ?? at(event, 'eventTime')
  const last =
    at(event, 'series', 'lastObservedTime') ??
    at(event, 'lastTimestamp') ??
    at(event, 'deprecatedLastTimestamp') ??
    at(event, 'eventTime')
  const count = at(event, 'series', 'count') ?? at(event, 'count') ?? at(event, 'deprecatedCount')
  const created = milliseconds(event.metadata.creationTimestamp)
  return {
    reason: textOf(event['reason']),
    message: textOf(event['message'] ?? event['note']),
    count: typeof count === 'number' ? count : 1,
    first: milliseconds(first) ?? created,
    last: milliseconds(last) ?? milliseconds(first) ?? created,
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
