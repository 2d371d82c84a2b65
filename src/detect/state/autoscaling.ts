import { at, type ClusterState, knows, objectOf, objectsOf } from '#src/domain/cluster-state.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { containerPath, containersOf, describeTarget, isWorkloadKind, targetOf } from '#src/domain/target.ts'
import { SECOND, type Sighting, says, sighting } from './check.ts'
import { condition, createdAt, isSame } from './owners.ts'
import { list } from './pod-template.ts'

/** Autoscalers that cannot work: what they scale does not exist, or requests nothing of what they scale by. */
export function autoscalingFaults(state: ClusterState): readonly Sighting[] {
  return objectsOf(state, 'HorizontalPodAutoscaler').flatMap((autoscaler) => {
    if (autoscaler.metadata.deletionTimestamp !== undefined) return []
    return isTargetMissing(state, autoscaler)
      ? [targetMissing(autoscaler)]
      : requestsMissing(state, autoscaler)
  })
}

/** True when nothing has the kind and name that the autoscaler is to scale. */
export function isTargetMissing(state: ClusterState, autoscaler: KubeObject): boolean {
  const kind = at(autoscaler, 'spec', 'scaleTargetRef', 'kind')
  if (typeof kind !== 'string' || !isWorkloadKind(kind) || scaled(state, autoscaler) !== undefined)
    return false
  const able = condition(autoscaler, 'AbleToScale')
  return knows(state, kind) || (able?.status === 'False' && able.reason === 'FailedGetScale')
}

/** What the autoscaler scales. */
export function scaled(state: ClusterState, autoscaler: KubeObject): KubeObject | undefined {
  const kind = at(autoscaler, 'spec', 'scaleTargetRef', 'kind')
  const name = at(autoscaler, 'spec', 'scaleTargetRef', 'name')
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined
  return objectOf(state, kind, autoscaler.metadata.namespace ?? '', name)
}

/** The autoscalers of a workload: its replicas are theirs. */
export function autoscalersOf(state: ClusterState, workload: KubeObject): readonly KubeObject[] {
  return objectsOf(state, 'HorizontalPodAutoscaler', workload.metadata.namespace ?? '').filter((autoscaler) =>
    isSame(scaled(state, autoscaler), workload),
  )
}

function targetMissing(autoscaler: KubeObject): Sighting {
  const target = targetOf(autoscaler)
  const ref = at(autoscaler, 'spec', 'scaleTargetRef')
  const what = `${String(at(ref, 'kind'))} ${String(at(ref, 'name'))}`
  return sighting({
    reason: 'ScaleTargetMissing',
    target,
    settleMs: 60 * SECOND,
    sentence: `${describeTarget(target)} scales ${what}, which does not exist.`,
    fields: ['spec.scaleTargetRef.name', 'spec.scaleTargetRef.kind'],
    message: condition(autoscaler, 'AbleToScale')?.message ?? '',
    evidence: [says(autoscaler, what)],
    since: condition(autoscaler, 'AbleToScale')?.since ?? (createdAt(autoscaler) || undefined),
  })
}

function requestsMissing(state: ClusterState, autoscaler: KubeObject): readonly Sighting[] {
  const active = condition(autoscaler, 'ScalingActive')
  const resource = /\bmissing request for (cpu|memory)\b/.exec(active?.message ?? '')?.[1]
  const workload = scaled(state, autoscaler)
  if (active?.status !== 'False' || resource === undefined || workload === undefined) return []
  if (!isWorkloadKind(workload.kind) || !usesResource(autoscaler, resource)) return []
  const target = targetOf(workload)
  const place = containersOf(workload).find(
    ({ role, container }) =>
      role !== 'init' &&
      at(container, 'resources', 'requests', resource) === undefined &&
      at(container, 'resources', 'limits', resource) === undefined,
  )
  if (place === undefined) return []
  const name = String(place.container['name'])
  const path = formatFieldPath(containerPath(workload.kind, place.role, name))
  return [
    sighting({
      reason: 'ScaleMetricUnavailable',
      target,
      role: place.role,
      container: name,
      settleMs: 60 * SECOND,
      sentence: `${describeTarget(targetOf(autoscaler))} scales ${describeTarget(target)} by ${resource}, and its container ${name} requests none.`,
      fields: [`${path}.resources.requests.${resource}`],
      message: active.message,
      evidence: [says(autoscaler, active.message)],
      since: active.since,
    }),
  ]
}

function usesResource(autoscaler: KubeObject, resource: string): boolean {
  const metrics = list(at(autoscaler, 'spec', 'metrics'))
  return (
    metrics.length === 0 ||
    metrics.some(
      (metric) =>
        at(metric, 'resource', 'name') === resource || at(metric, 'containerResource', 'name') === resource,
    )
  )
}
