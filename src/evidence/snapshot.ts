import type { KubeApi } from '#src/cluster/kube-api.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { milliseconds } from '#src/domain/time.ts'

/** Events of at most so many pods are read, the ones not ready first; of each object the newest so many are kept. */
const PODS_WITH_EVENTS = 3
const EVENTS_KEPT = 60
/** A CronJob's older Jobs keep the template they began with and tell little. */
const JOBS_READ = 3

export interface SnapshotOptions {
  /** False: leave the events out, for whoever only wants to know how the workload is. */
  readonly events?: boolean
}

/**
 * Reads what the API server holds about a workload now: itself, its ReplicaSets and pods (found by the workload's own
 * selector, kept only if their controller's uid leads to it), and events about exactly these objects. Never Secrets.
 * Undefined when the workload does not exist. Throws what KubeApi throws.
 */
export async function readSnapshot(
  api: KubeApi,
  target: TargetRef,
  options: SnapshotOptions = {},
): Promise<WorkloadSnapshot | undefined> {
  const workload = await api.get(target)
  if (workload === undefined) return undefined
  // A CronJob's pods are found by its Jobs; all others' by their own selector, whoever owns them.
  const reading = workload.kind === 'CronJob' ? undefined : podsSelectedBy(api, [workload])
  const [owners, selected] = await Promise.all([podOwners(api, workload), reading])
  const pods = ownedBy(selected ?? (await podsSelectedBy(api, owners)), owners)
  const newest = owners[0] === workload ? [] : owners.slice(0, 1)
  const subjects = [workload, ...newest, ...worstFirst(pods).slice(0, PODS_WITH_EVENTS)]
  const told = options.events === false ? [] : subjects
  const events = (await Promise.all(told.map((object) => eventsOf(api, object)))).flat()
  return {
    workload,
    pods,
    replicaSets: workload.kind === 'Deployment' ? owners : [],
    events: newestFirst(events, eventTime).slice(0, EVENTS_KEPT),
  }
}

/** The objects that own the workload's pods, newest first: its ReplicaSets, its newest Jobs, or the workload itself. */
async function podOwners(api: KubeApi, workload: KubeObject): Promise<readonly KubeObject[]> {
  const namespace = workload.metadata.namespace ?? ''
  if (workload.kind === 'Deployment') {
    const all = await api.list('apps/v1', 'ReplicaSet', { namespace, labelSelector: selectorOf(workload) })
    return newestFirst(ownedBy(all, [workload]), revisionOf)
  }
  if (workload.kind === 'CronJob') {
    const all = await api.list('batch/v1', 'Job', { namespace })
    return newestFirst(ownedBy(all, [workload]), createdAt).slice(0, JOBS_READ)
  }
  return [workload]
}

async function podsSelectedBy(api: KubeApi, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const lists = await Promise.all(
    objects.map((object) => {
      const namespace = object.metadata.namespace ?? ''
      return api.list('v1', 'Pod', { namespace, labelSelector: selectorOf(object) })
    }),
  )
  return lists.flat()
}

async function eventsOf(api: KubeApi, object: KubeObject): Promise<readonly KubeObject[]> {
  const { uid, name, namespace } = object.metadata
  if (uid === undefined) return []
  const fieldSelector = `involvedObject.uid=${uid},involvedObject.name=${name}`
  const events = await api.list('v1', 'Event', { namespace: namespace ?? '', fieldSelector })
  return newestFirst(events, eventTime).slice(0, EVENTS_KEPT)
}

function ownedBy(objects: readonly KubeObject[], owners: readonly KubeObject[]): readonly KubeObject[] {
  const uids = new Set(owners.map(({ metadata }) => metadata.uid))
  return objects.filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ controller, uid }) => controller === true && uids.has(uid)),
  )
}

/**
 * `spec.selector` as the text that list calls take. An empty selector selects nothing here: in a workload it is not
 * allowed, and as a list option it would select everything.
 */
export function selectorOf(object: KubeObject): string {
  const selector = valueAt(asJson(object), [{ member: 'spec' }, { member: 'selector' }])
  const labels = isObject(selector) && isObject(selector['matchLabels']) ? selector['matchLabels'] : {}
  const rules =
    isObject(selector) && isArray(selector['matchExpressions']) ? selector['matchExpressions'] : []
  const parts = [
    ...Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`),
    ...rules.filter(isObject).map(expressionText),
  ]
  return parts.length === 0 ? 'aiops-operator.dev/selects-nothing=true' : parts.join(',')
}

function expressionText({ key, operator, values }: JsonObject): string {
  const list = isArray(values) ? values.map(String).join(',') : ''
  if (operator === 'In') return `${String(key)} in (${list})`
  if (operator === 'NotIn') return `${String(key)} notin (${list})`
  return operator === 'Exists' ? String(key) : `!${String(key)}`
}

/** Pods that are not ready first, the newest of them first. */
function worstFirst(pods: readonly KubeObject[]): readonly KubeObject[] {
  const newest = newestFirst(pods, createdAt)
  return [...newest.filter((pod) => !isReady(pod)), ...newest.filter(isReady)]
}

function isReady(pod: KubeObject): boolean {
  const conditions = valueAt(asJson(pod), [{ member: 'status' }, { member: 'conditions' }])
  const list: readonly Json[] = isArray(conditions) ? conditions : []
  return list.some((item) => isObject(item) && item['type'] === 'Ready' && item['status'] === 'True')
}

function newestFirst(
  objects: readonly KubeObject[],
  age: (object: KubeObject) => number,
): readonly KubeObject[] {
  return objects.toSorted((a, b) => age(b) - age(a) || (a.metadata.name < b.metadata.name ? -1 : 1))
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0) || 0
}

function createdAt({ metadata }: KubeObject): number {
  return milliseconds(metadata.creationTimestamp) ?? 0
}

/** When an event last happened: events of the newer API carry a series or only an eventTime. */
export function eventTime(event: KubeObject): number {
  const series = event['series']
  const seen = isObject(series) ? series['lastObservedTime'] : undefined
  return milliseconds(seen ?? event['lastTimestamp'] ?? event['eventTime']) ?? createdAt(event)
}
