import type { KubeObject } from '#src/domain/kube-object.ts'
import type { Backoff } from '#src/runtime/backoff.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Log } from '#src/runtime/log.ts'
import type { ApiTransport } from './api-transport.ts'
import type { Discovery } from './discovery.ts'

export interface ReflectorHandlers<T> {
  /** `before`: what was kept of the same object until now. */
  onUpsert(projected: T, raw: KubeObject, before?: T): void
  onDelete(projected: T): void
  /** Once, after the first complete list of every namespace. */
  onSynced(): void
}

export interface ReflectorTiming {
  readonly backoff: Backoff
  /** The API server is asked to end a watch after this many seconds, and up to twice as many. */
  readonly watchSeconds: number
  /** A watch that is silent for longer is dead: bookmarks come about every minute. */
  readonly idleMs: number
}

export interface ReflectorOptions<T> {
  readonly cluster: { readonly transport: ApiTransport; readonly discovery: Discovery }
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly apiVersion: string
  readonly kind: string
  /** `all` for cluster-scoped kinds too; else one list and one watch per namespace. */
  readonly namespaces: 'all' | readonly string[]
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** What is kept of each object; the rest of it is dropped at once. */
  readonly project: (object: KubeObject) => T
  readonly handlers: ReflectorHandlers<T>
  readonly timing?: Partial<ReflectorTiming>
}
