import { at, type ClusterState, objectsOf } from '#src/domain/cluster-state.ts'
import type { Json } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { selectsByRules } from '#src/domain/label-selector.ts'
import { describeTarget, targetOf } from '#src/domain/target.ts'
import { SECOND, type Sighting, says, sighting } from './check.ts'
import { createdAt, wantedReplicas, workloadsIn } from './owners.ts'
import { podLabelsIn } from './pod-template.ts'

/** Budgets that allow no eviction even while every pod is healthy: nodes can never be drained. */
export function disruptionFaults(state: ClusterState): readonly Sighting[] {
  return objectsOf(state, 'PodDisruptionBudget').flatMap((budget) => {
    const words = disruptionTrouble(state, budget)
    if (words === undefined || budget.metadata.deletionTimestamp !== undefined) return []
    const target = targetOf(budget)
    return [
      sighting({
        reason: 'DisruptionNeverAllowed',
        target,
        severity: 'warning',
        settleMs: 300 * SECOND,
        sentence: `${describeTarget(target)} ${words}.`,
        fields: ['minAvailable', 'maxUnavailable'].flatMap((name) =>
          at(budget, 'spec', name) === undefined ? [] : [`spec.${name}`],
        ),
        evidence: [says(budget, words)],
        since: createdAt(budget) || undefined,
      }),
    ]
  })
}

/** Why no pod may ever be evicted; undefined where some may, or where the number of pods is not known. */
export function disruptionTrouble(state: ClusterState, budget: KubeObject): string | undefined {
  const expected = expectedPods(state, budget)
  if (expected === 0) return undefined
  const min = at(budget, 'spec', 'minAvailable')
  const max = at(budget, 'spec', 'maxUnavailable')
  const needed =
    min === undefined ? expected - (scaledValue(max, expected) ?? expected) : scaledValue(min, expected)
  if (needed === undefined || needed < expected) return undefined
  return `wants ${needed} of ${expected} pods available: it never allows one to be evicted`
}

function expectedPods(state: ClusterState, budget: KubeObject): number {
  const selector = at(budget, 'spec', 'selector')
  const chosen = workloadsIn(state).filter(
    (workload) =>
      workload.metadata.namespace === budget.metadata.namespace &&
      selectsByRules(selector, podLabelsIn(workload)),
  )
  return chosen.reduce((sum, workload) => sum + (wantedReplicas(workload) ?? 0), 0)
}

/* intstr.GetScaledValueFromIntOrPercent, rounded up, as the disruption controller does it. */
function scaledValue(value: Json | undefined, total: number): number | undefined {
  if (typeof value === 'number') return value
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined
  return percent === undefined ? undefined : Math.ceil((Number(percent) * total) / 100)
}
