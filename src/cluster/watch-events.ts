import { OperatorError } from '#src/domain/errors.ts'
import { isObject, type JsonObject } from '#src/domain/json.ts'
import { isKubeObject, type KubeObject } from '#src/domain/kube-object.ts'
import { refusalInStream } from './api-errors.ts'

/** metav1.WatchEvent. A bookmark carries nothing but the resource version that the watch has reached. */
export type WatchEvent =
  | { readonly type: 'upsert' | 'delete'; readonly object: KubeObject; readonly resourceVersion: string }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }

/**
 * One line of a watch. Throws what the API server says in an ERROR event (ApiGone for code 410, as for the HTTP status),
 * and ApiUnreachable for what is no event.
 */
export function parseWatchEvent(line: string, about: string): WatchEvent {
  const { type, object } = parsed(line)
  if (type === 'ERROR') throw refusalInStream(object, about)
  const metadata = isObject(object) ? object['metadata'] : undefined
  const resourceVersion = isObject(metadata) ? metadata['resourceVersion'] : undefined
  if (typeof resourceVersion === 'string' && resourceVersion !== '') {
    if (type === 'BOOKMARK') return { type: 'bookmark', resourceVersion }
    if (isKubeObject(object)) {
      if (type === 'ADDED' || type === 'MODIFIED') return { type: 'upsert', object, resourceVersion }
      if (type === 'DELETED') return { type: 'delete', object, resourceVersion }
    }
  }
  throw new OperatorError('ApiUnreachable', 'the watch sent something that is no event', { object: about })
}

function parsed(line: string): JsonObject {
  try {
    const event: unknown = JSON.parse(line)
    return isObject(event) ? event : {}
  } catch {
    return {}
  }
}
