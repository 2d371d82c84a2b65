import { at, type ClusterState, objectsOf } from '#src/domain/cluster-state.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { type Amounts, amounts, containerRequests, requestsOf } from './node-fit.ts'
import { wantedReplicas } from './owners.ts'
import { lastingContainers, list, podSpecIn } from './pod-template.ts'

/** Which container of the workload breaks which bound of a LimitRange; undefined where none does. */
export interface LimitTrouble {
  readonly container: string
  readonly resource: string
  readonly bound: 'min' | 'max'
  /** As the LimitRange writes it. */
  readonly allowed: string
  readonly limitRange: string
}

export function limitRangeTrouble(state: ClusterState, workload: KubeObject): LimitTrouble | undefined {
  for (const range of objectsOf(state, 'LimitRange', workload.metadata.namespace ?? '')) {
    for (const item of list(at(range, 'spec', 'limits')).filter(({ type }) => type === 'Container')) {
      for (const container of allContainers(workload)) {
        const trouble = boundTrouble(item, container)
        if (trouble !== undefined) {
          return { ...trouble, container: String(container['name']), limitRange: range.metadata.name }
        }
      }
    }
  }
  return undefined
}

function boundTrouble(item: JsonObject, container: JsonObject) {
  const requests = { ...amounts(at(item, 'defaultRequest')), ...containerRequests(container) }
  const limits = { ...amounts(at(item, 'default')), ...amounts(at(container, 'resources', 'limits')) }
  for (const [resource, most] of Object.entries(amounts(at(item, 'max')))) {
    if ((limits[resource] ?? 0) > most || (requests[resource] ?? 0) > most) {
      return { resource, bound: 'max' as const, allowed: String(at(item, 'max', resource)) }
    }
  }
  for (const [resource, least] of Object.entries(amounts(at(item, 'min')))) {
    if ((requests[resource] ?? least) < least) {
      return { resource, bound: 'min' as const, allowed: String(at(item, 'min', resource)) }
    }
  }
  return undefined
}

/**
 * Which resource a quota of the namespace has too little of for the pods that the workload wants: those that it lacks, or
 * one more for the next rollout where it lacks none; what it has too many gives back. Undefined where there is enough.
 */
export function quotaTrouble(state: ClusterState, workload: KubeObject): string | undefined {
  const spec = podSpecIn(workload)
  const requests = requestsOf(spec)
  const limits = limitsOf(spec)
  const running = at(workload, 'status', 'replicas')
  const missing = (wantedReplicas(workload) ?? 1) - (typeof running === 'number' ? running : 0) || 1
  for (const quota of objectsOf(state, 'ResourceQuota', workload.metadata.namespace ?? '')) {
    if (at(quota, 'spec', 'scopes') !== undefined || at(quota, 'spec', 'scopeSelector') !== undefined)
      continue
    const hard = amounts(at(quota, 'status', 'hard') ?? at(quota, 'spec', 'hard'))
    const used = amounts(at(quota, 'status', 'used'))
    for (const [name, most] of Object.entries(hard)) {
      const each = amountOf(name, requests, limits)
      if (each === undefined) continue
      if (each === 'unset') return `${name} must be set`
      if ((used[name] ?? 0) + each * missing > most + 1e-9) return name
    }
  }
  return undefined
}

function amountOf(name: string, requests: Amounts, limits: Amounts): number | 'unset' | undefined {
  if (name === 'pods' || name === 'count/pods') return 1
  const [kind, resource] = name.startsWith('limits.')
    ? (['limits', name.slice('limits.'.length)] as const)
    : (['requests', name.replace(/^requests\./, '')] as const)
  if (resource !== 'cpu' && resource !== 'memory') return undefined
  return (kind === 'limits' ? limits : requests)[resource] ?? 'unset'
}

function limitsOf(spec: JsonObject): Amounts {
  const sum: Record<string, number> = {}
  for (const container of lastingContainers(spec)) {
    for (const [name, amount] of Object.entries(amounts(at(container, 'resources', 'limits')))) {
      sum[name] = (sum[name] ?? 0) + amount
    }
  }
  return sum
}

function allContainers(workload: KubeObject): readonly JsonObject[] {
  const spec = podSpecIn(workload)
  return [...list(spec['initContainers']), ...list(spec['containers'])]
}
