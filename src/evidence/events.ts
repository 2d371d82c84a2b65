import type { KubeApi } from '#src/cluster/kube-api.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { milliseconds } from '#src/domain/time.ts'
import { createdAt, newestFirst } from './snapshot.ts'

/** Events of at most so many pods are read, the ones not ready first; of each object the newest so many are kept. */
const PODS_WITH_EVENTS = 3
const EVENTS_KEPT = 60

/** Events about exactly the workload, its newest ReplicaSet or Job and its worst pods, newest first. Throws what KubeApi throws. */
export async function readEvents(
  api: Pick<KubeApi, 'list'>,
  { workload, replicaSets, pods }: WorkloadSnapshot,
): Promise<readonly KubeObject[]> {
  const worst = worstFirst(pods).slice(0, PODS_WITH_EVENTS)
  const subjects = new Map<string, string>()
  for (const { metadata } of [workload, ...replicaSets.slice(0, 1), ...worst]) {
    if (metadata.uid !== undefined) subjects.set(metadata.uid, metadata.name)
  }
  // The Job between a CronJob and its pod.
  const owner = worst[0]?.metadata.ownerReferences?.find(({ controller }) => controller === true)
  if (owner?.kind === 'Job') subjects.set(owner.uid, owner.name)
  const namespace = workload.metadata.namespace ?? ''
  const events = await Promise.all([...subjects].map(([uid, name]) => eventsOf(api, namespace, uid, name)))
  return newestFirst(events.flat(), eventTime).slice(0, EVENTS_KEPT)
}

async function eventsOf(
  api: Pick<KubeApi, 'list'>,
  namespace: string,
  uid: string,
  name: string,
): Promise<readonly KubeObject[]> {
  const fieldSelector = `involvedObject.uid=${uid},involvedObject.name=${name}`
  const events = await api.list('v1', 'Event', { namespace, fieldSelector })
  return newestFirst(events, eventTime).slice(0, EVENTS_KEPT)
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

/** When an event last happened: events of the newer API carry a series or only an eventTime. */
export function eventTime(event: KubeObject): number {
  const series = event['series']
  const seen = isObject(series) ? series['lastObservedTime'] : undefined
  return milliseconds(seen ?? event['lastTimestamp'] ?? event['eventTime']) ?? createdAt(event)
}
