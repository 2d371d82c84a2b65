import type { KubeApi, ListOptions } from '#src/cluster/kube-api.ts'
import { condition } from '#src/detect/state/owners.ts'
import { type ClusterState, clusterState } from '#src/domain/cluster-state.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Log } from '#src/runtime/log.ts'

type Kind = readonly [apiVersion: string, kind: string]

/** What the checks look at in a namespace, and nothing else. Never Secrets, ConfigMaps or ServiceAccounts. */
export const NAMESPACE_KINDS: readonly Kind[] = [
  ['v1', 'Pod'],
  ['v1', 'Service'],
  ['v1', 'PersistentVolumeClaim'],
  ['v1', 'ResourceQuota'],
  ['v1', 'LimitRange'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'ReplicaSet'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'Job'],
  ['batch/v1', 'CronJob'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['policy/v1', 'PodDisruptionBudget'],
]

/** Cluster-scoped kinds, read where the namespace has something that refers to them. */
const CLUSTER_KINDS: readonly Kind[] = [
  ['storage.k8s.io/v1', 'StorageClass'],
  ['networking.k8s.io/v1', 'IngressClass'],
  ['scheduling.k8s.io/v1', 'PriorityClass'],
]

/** Cluster-scoped objects change rarely. Milliseconds. */
const CLUSTER_TTL = 10_000
/** No asker allows a namespace's state to be older. Milliseconds. */
const STATE_TTL = 1_000

interface Kept<T> {
  readonly at: number
  readonly value: Promise<T>
}

/**
 * One namespace's objects with what of the cluster they refer to, read when somebody asks. Nothing of it is kept beyond
 * the time that the next asker allows: memory holds the namespaces under work, whatever the size of the cluster.
 */
export class NamespaceReader {
  readonly #api: Pick<KubeApi, 'get' | 'list'>
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #log: Log
  readonly #states = new Map<string, Kept<ClusterState>>()
  readonly #cluster = new Map<string, Kept<Listed>>()
  /** Kinds that could not be read: said once. */
  readonly #unread = new Set<string>()

  constructor(api: Pick<KubeApi, 'get' | 'list'>, clock: Pick<Clock, 'monotonic'>, log: Log) {
    this.#api = api
    this.#clock = clock
    this.#log = log
  }

  /** The namespace's state, read at most so many milliseconds ago. Throws what KubeApi throws where pods cannot be read. */
  async state(namespace: string, maxAgeMs: number): Promise<ClusterState> {
    this.#forget()
    return kept(this.#states, namespace, this.#clock.monotonic(), maxAgeMs, () => this.#read(namespace))
  }

  async #read(namespace: string): Promise<ClusterState> {
    const [found, ...lists] = await Promise.all([
      this.#api.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }),
      this.#events(namespace),
      ...NAMESPACE_KINDS.map((kind) => this.#list(kind, { namespace })),
    ])
    const own = [...(found === undefined ? [] : [found]), ...lists.flatMap(({ objects }) => objects)]
    const around = await this.#around(own)
    const listed = new Set(lists.flatMap(({ kind, complete }) => (complete ? [kind] : [])))
    return clusterState([...own, ...around], [], listed)
  }

  /* The kubelet says in a Normal event which probe made it end a container. */
  async #events(namespace: string): Promise<Listed> {
    const lists = await Promise.all(
      ['type=Warning', 'reason=Killing'].map((fieldSelector) =>
        this.#list(['v1', 'Event'], { namespace, fieldSelector }),
      ),
    )
    return { kind: 'Event', objects: lists.flatMap(({ objects }) => objects), complete: false }
  }

  async #around(own: readonly KubeObject[]): Promise<readonly KubeObject[]> {
    const has = (kind: string) => own.some((object) => object.kind === kind)
    const unschedulable = own.some(
      (object) => object.kind === 'Pod' && condition(object, 'PodScheduled')?.reason === 'Unschedulable',
    )
    const wanted: Kind[] = CLUSTER_KINDS.filter(
      ([, kind]) =>
        (kind === 'StorageClass' && has('PersistentVolumeClaim')) ||
        (kind === 'IngressClass' && has('Ingress')) ||
        (kind === 'PriorityClass' && has('Event')),
    )
    // Nodes are large: they are read only where a pod finds none.
    if (unschedulable) wanted.push(['v1', 'Node'])
    const now = this.#clock.monotonic()
    const lists = await Promise.all(
      wanted.map((kind) => kept(this.#cluster, kind[1], now, CLUSTER_TTL, () => this.#list(kind, {}))),
    )
    return lists.flatMap(({ objects }) => objects)
  }

  /* What may not be read, or does not exist in this cluster, is unknown: nothing is ever said to be missing then. */
  async #list([apiVersion, kind]: Kind, options: ListOptions): Promise<Listed> {
    try {
      const objects = await this.#api.list(apiVersion, kind, options)
      return { kind, objects: objects.map(withoutManagedFields), complete: true }
    } catch (error) {
      const isUnreadable =
        error instanceof OperatorError && (error.code === 'ApiForbidden' || error.code === 'ApiNotFound')
      if (!isUnreadable || kind === 'Pod') throw error
      if (!this.#unread.has(kind)) {
        this.#log.warn(`objects of kind ${kind} cannot be read; faults that need them are not found`, {
          code: error.code,
        })
      }
      this.#unread.add(kind)
      return { kind, objects: [], complete: false }
    }
  }

  #forget(): void {
    const now = this.#clock.monotonic()
    for (const [namespace, { at }] of this.#states) {
      if (now - at > STATE_TTL) this.#states.delete(namespace)
    }
  }
}

interface Listed {
  readonly kind: string
  readonly objects: readonly KubeObject[]
  readonly complete: boolean
}

function kept<T>(
  known: Map<string, Kept<T>>,
  key: string,
  now: number,
  maxAgeMs: number,
  read: () => Promise<T>,
): Promise<T> {
  const before = known.get(key)
  if (before !== undefined && now - before.at <= maxAgeMs) return before.value
  const value = read()
  known.set(key, { at: now, value })
  // A failure is nobody's answer but the asker's.
  value.catch(() => {
    if (known.get(key)?.value === value) known.delete(key)
  })
  return value
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
