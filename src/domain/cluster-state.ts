import { type Json, ownMember } from './json.ts'
import { groupOf, isKubeObject, type KubeObject } from './kube-object.ts'
import { ownKey, workloadOf } from './ownership.ts'
import type { TargetRef } from './target.ts'

/** What a container wrote, as far as somebody kept it. Untrusted. */
export interface ContainerLog {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly current?: string
  readonly previous?: string
}

/**
 * The objects of a cluster at one moment, whoever read them: the API server's caches or a file. It may be partial: that
 * an object is missing says something only where others of its kind are there (`knows`).
 */
export interface ClusterState {
  /** By `group/Kind`, then by `namespace/name`. */
  readonly byKind: ReadonlyMap<string, ReadonlyMap<string, KubeObject>>
  /** What each workload's controllers made (pods, ReplicaSets, Jobs), by the workload's `Kind/namespace/name`. */
  readonly owned: ReadonlyMap<string, readonly KubeObject[]>
  /** Events by the `Kind/namespace/name` of what they are about. */
  readonly events: ReadonlyMap<string, readonly KubeObject[]>
  readonly logs: readonly ContainerLog[]
  /** Kinds that were listed completely: that one of them is missing is known, also where there is none at all. */
  readonly listed?: ReadonlySet<string>
}

/** Builds the index. Lists (`kind: List`, `PodList`) are taken apart, doubles dropped; what is no object is left out. */
export function clusterState(
  objects: readonly unknown[],
  logs: readonly ContainerLog[] = [],
  listed?: ReadonlySet<string>,
): ClusterState {
  const byKind = new Map<string, Map<string, KubeObject>>()
  for (const object of objects.flatMap(unlisted)) {
    const key = kindKey(object.apiVersion, object.kind)
    const known = byKind.get(key) ?? new Map<string, KubeObject>()
    byKind.set(key, known)
    known.set(nameKey(object.metadata.namespace, object.metadata.name), object)
  }
  const owned = groupedBy(
    ['Pod', 'ReplicaSet', 'Job'].flatMap((kind) => objectsOf({ byKind }, kind)),
    (object) => {
      const workload = workloadOf({ byKind }, object)
      return workload === undefined || workload === object ? undefined : ownKey(workload)
    },
  )
  const events = groupedBy(objectsOf({ byKind }, 'Event'), subjectKey)
  return { byKind, owned, events, logs, ...(listed && { listed }) }
}

/** All objects of a Kubernetes kind, in every version of its group; of one namespace where it is given. */
export function objectsOf(
  state: Pick<ClusterState, 'byKind'>,
  kind: string,
  namespace?: string,
): readonly KubeObject[] {
  const all = (GROUPS[kind] ?? ['']).flatMap((group) => [
    ...(state.byKind.get(`${group}/${kind}`)?.values() ?? []),
  ])
  return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace)
}

/** The object of that name; cluster-scoped kinds have the namespace ''. */
export function objectOf(
  state: Pick<ClusterState, 'byKind'>,
  kind: string,
  namespace: string,
  name: string,
): KubeObject | undefined {
  for (const group of GROUPS[kind] ?? ['']) {
    const found = state.byKind.get(`${group}/${kind}`)?.get(nameKey(namespace, name))
    if (found !== undefined) return found
  }
  return undefined
}

/** The live object of a target. */
export function liveObject(state: ClusterState, target: TargetRef): KubeObject | undefined {
  const kind = state.byKind.get(kindKey(target.apiVersion, target.kind))
  return kind?.get(nameKey(target.namespace, target.name))
}

/** True where the state holds objects of that kind, so that the absence of one means something. */
export function knows(state: ClusterState, kind: string): boolean {
  return (state.listed?.has(kind) ?? false) || objectsOf(state, kind).length > 0
}

/** The state as it would be with this object instead of the one of its name. */
export function withObject(state: ClusterState, object: KubeObject): ClusterState {
  const key = kindKey(object.apiVersion, object.kind)
  const { namespace, name } = object.metadata
  const named = new Map(state.byKind.get(key)).set(nameKey(namespace, name), object)
  return { ...state, byKind: new Map(state.byKind).set(key, named) }
}

/** The member at a path of keys, or undefined. */
export function at(value: unknown, ...keys: readonly string[]): Json | undefined {
  let here = value as Json | undefined
  for (const key of keys) here = ownMember(here, key)
  return here
}

/** The group of each kind that we read; `events.k8s.io` and the core group have the same events. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['apps'],
  ReplicaSet: ['apps'],
  StatefulSet: ['apps'],
  DaemonSet: ['apps'],
  Job: ['batch'],
  CronJob: ['batch'],
  Ingress: ['networking.k8s.io'],
  IngressClass: ['networking.k8s.io'],
  EndpointSlice: ['discovery.k8s.io'],
  StorageClass: ['storage.k8s.io'],
  HorizontalPodAutoscaler: ['autoscaling'],
  PodDisruptionBudget: ['policy'],
  PriorityClass: ['scheduling.k8s.io'],
  Event: ['', 'events.k8s.io'],
}

function unlisted(value: unknown): readonly KubeObject[] {
  const items = at(value, 'items')
  const kind = at(value, 'kind')
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    const itemKind = kind === 'List' ? undefined : kind.slice(0, -'List'.length)
    const apiVersion = at(value, 'apiVersion')
    return items.flatMap((item: unknown) =>
      unlisted(
        itemKind !== undefined && at(item, 'kind') === undefined
          ? { apiVersion, kind: itemKind, ...(item as object) }
          : item,
      ),
    )
  }
  return isKubeObject(value) ? [withoutSecretData(value)] : []
}

/* Secrets are never read: of one that somebody put into a file only the name is kept. */
function withoutSecretData(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret' || groupOf(object.apiVersion) !== '') return object
  const { name, namespace } = object.metadata
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
  }
}

function groupedBy(
  objects: readonly KubeObject[],
  keyOf: (object: KubeObject) => string | undefined,
): ReadonlyMap<string, readonly KubeObject[]> {
  const groups = new Map<string, KubeObject[]>()
  for (const object of objects) {
    const key = keyOf(object)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [object])
    else group.push(object)
  }
  return groups
}

function subjectKey(event: KubeObject): string {
  const subject = at(event, 'involvedObject') ?? at(event, 'regarding')
  const namespace = at(subject, 'namespace') ?? event.metadata.namespace ?? ''
  return `${String(at(subject, 'kind'))}/${String(namespace)}/${String(at(subject, 'name'))}`
}

function nameKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`
}

function kindKey(apiVersion: string, kind: string): string {
  return `${groupOf(apiVersion)}/${kind}`
}
