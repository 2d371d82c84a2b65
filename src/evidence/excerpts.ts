import type { FaultPlace } from '#src/detect/health.ts'
import type { GitVersion, WorkloadSnapshot } from '#src/domain/evidence.ts'
import { valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { containerPath, isWorkloadKind, podSpecPath } from '#src/domain/target.ts'
import { rfc3339 } from '#src/domain/time.ts'
import { cutText } from './bound.ts'
import { eventTime } from './events.ts'

const EVENTS_SHOWN = 20
const REVISIONS_SHOWN = 10

/** Fields of a pod spec and of a container that the API server fills in and that tell nothing. */
const NOISE: ReadonlySet<string> = new Set([
  'terminationMessagePath',
  'terminationMessagePolicy',
  'dnsPolicy',
  'schedulerName',
  'serviceAccount',
  'enableServiceLinks',
  'preemptionPolicy',
  'containerID',
  'allocatedResources',
  'user',
])

export function podExcerpt(pod: KubeObject): JsonObject {
  const spec = objectAt(pod['spec'])
  const status = objectAt(pod['status'])
  return defined({
    name: pod.metadata.name,
    created: pod.metadata.creationTimestamp,
    node: spec['nodeName'],
    phase: status['phase'],
    reason: status['reason'],
    message: status['message'],
    conditions: objectsAt(status['conditions'])
      .filter((condition) => condition['status'] !== 'True')
      .map((condition) => picked(condition, ['type', 'status', 'reason', 'message'])),
    initContainers: statuses(status['initContainerStatuses']),
    containers: statuses(status['containerStatuses']),
  })
}

function statuses(list: Json | undefined): Json | undefined {
  const excerpts = objectsAt(list).map((entry) =>
    picked(entry, ['name', 'image', 'imageID', 'ready', 'started', 'restartCount', 'state', 'lastState']),
  )
  return excerpts.length === 0 ? undefined : excerpts.map(withoutNoise)
}

/** The faulty container in full; of the others, and of the rest of the pod template, what a fix may need to know. */
export function workloadExcerpt(workload: KubeObject, fault: FaultPlace): JsonObject {
  const spec = objectAt(workload['spec'])
  const status = objectAt(workload['status'])
  const identity = defined({
    apiVersion: workload.apiVersion,
    kind: workload.kind,
    namespace: workload.metadata.namespace,
    name: workload.metadata.name,
    generation: workload.metadata.generation,
    observedGeneration: status['observedGeneration'],
    replicas: spec['replicas'],
    schedule: spec['schedule'],
    strategy: spec['strategy'] ?? spec['updateStrategy'],
    conditions: objectsAt(status['conditions']).map((condition) =>
      picked(condition, ['type', 'status', 'reason', 'message']),
    ),
  })
  if (!isWorkloadKind(workload.kind)) return identity
  const json = asJson(workload)
  const podSpec = objectAt(valueAt(json, podSpecPath(workload.kind)))
  const faulty = valueAt(json, containerPath(workload.kind, fault.role, fault.container))
  const { initContainers, containers, ...rest } = podSpec
  const others = [...objectsAt(initContainers), ...objectsAt(containers)]
    .filter((container) => container['name'] !== fault.container)
    .map((container) => picked(container, ['name', 'image']))
  return {
    ...identity,
    container: withoutNoise(faulty ?? null),
    otherContainers: others,
    podSpec: withoutNoise(rest),
  }
}

export function eventExcerpts(events: readonly KubeObject[]): readonly JsonObject[] {
  return events.slice(0, EVENTS_SHOWN).map((event) => {
    const subject = objectAt(event['involvedObject'])
    const series = objectAt(event['series'])
    return defined({
      object: `${String(subject['kind'] ?? '')} ${String(subject['name'] ?? '')}`,
      type: jsonAt(event['type']),
      reason: jsonAt(event['reason']),
      message: jsonAt(event['message']),
      count: series['count'] ?? jsonAt(event['count']) ?? 1,
      lastTime: rfc3339(eventTime(event)),
    })
  })
}

/** A Deployment's earlier and present states: which images, and whether any replica of it is available now. */
export function revisionExcerpts({ workload, replicaSets }: WorkloadSnapshot): readonly JsonObject[] {
  const generations = replicaSets.slice(0, REVISIONS_SHOWN)
  return generations.map((replicaSet, i) => {
    const status = objectAt(replicaSet['status'])
    const podSpec = objectAt(
      valueAt(asJson(replicaSet), [{ member: 'spec' }, { member: 'template' }, { member: 'spec' }]),
    )
    const images = [...objectsAt(podSpec['initContainers']), ...objectsAt(podSpec['containers'])]
    return defined({
      name: replicaSet.metadata.name,
      revision: replicaSet.metadata.annotations?.['deployment.kubernetes.io/revision'],
      created: replicaSet.metadata.creationTimestamp,
      current: i === 0 && workload.kind === 'Deployment',
      replicas: status['replicas'] ?? 0,
      available: status['availableReplicas'] ?? 0,
      images: Object.fromEntries(images.map(({ name, image }) => [String(name), image ?? null])),
    })
  })
}

function withoutNoise(value: Json): Json {
  if (isArray(value)) return value.map(withoutNoise)
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([key, item]) => item !== undefined && !NOISE.has(key))
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNoise(item ?? null)]))
}

function picked(value: JsonObject, keys: readonly string[]): JsonObject {
  return defined(Object.fromEntries(keys.map((key) => [key, value[key]])))
}

function defined(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined))
}

function jsonAt(value: unknown): Json | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

function objectAt(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

function objectsAt(value: unknown): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : []
}

/** One commit that touched the manifest: `{commit, author, date, subject}`, without mail addresses. */
export function commitExcerpt({ commit, author, date, subject }: GitVersion): JsonObject {
  return {
    commit: commit.slice(0, 12),
    author: cutText(author.replace(/ *<[^>]*>/, ''), 60),
    date,
    subject: cutText(subject, 120),
  }
}
