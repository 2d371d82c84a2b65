import type { KubeApi } from '#src/cluster/kube-api.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { isWorkloadKind, type TargetRef } from '#src/domain/target.ts'
import { milliseconds } from '#src/domain/time.ts'

/** A CronJob's older Jobs keep the template they began with and tell little. */
const JOBS_READ = 3

/**
 * Reads what the API server holds about a workload now: itself, its ReplicaSets and pods (found by the workload's own
 * selector, kept only if their controller's uid leads to it). Never Secrets. Undefined when the workload does not exist.
 * Throws what KubeApi throws.
 */
export async function readSnapshot(api: KubeApi, target: TargetRef): Promise<WorkloadSnapshot | undefined> {
  const workload = await api.get(target)
  if (workload === undefined) return undefined
  if (!isWorkloadKind(workload.kind)) return { workload, pods: [], replicaSets: [] }
  // A CronJob's pods are found by its Jobs; all others' by their own selector, whoever owns them.
  const reading = workload.kind === 'CronJob' ? undefined : podsSelectedBy(api, [workload])
  const [owners, selected] = await Promise.all([podOwners(api, workload), reading])
  const pods = ownedBy(selected ?? (await podsSelectedBy(api, owners)), owners)
  return { workload, pods, replicaSets: workload.kind === 'Deployment' ? owners : [] }
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

export function newestFirst(
  objects: readonly KubeObject[],
  age: (object: KubeObject) => number,
): readonly KubeObject[] {
  return objects.toSorted((a, b) => age(b) - age(a) || (a.metadata.name < b.metadata.name ? -1 : 1))
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0) || 0
}

export function createdAt({ metadata }: KubeObject): number {
  return milliseconds(metadata.creationTimestamp) ?? 0
}
