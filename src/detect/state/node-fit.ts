import { at, type ClusterState, objectsOf } from '#src/domain/cluster-state.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { holds, labelsOf, valuesOf } from '#src/domain/label-selector.ts'
import { quantity } from '#src/domain/quantity.ts'
import { lastingContainers, list, podSpecIn } from './pod-template.ts'

/** What keeps a pod off a node, by the field of the pod spec that says so. */
export const CONSTRAINTS = ['nodeSelector', 'affinity', 'tolerations', 'resources'] as const
export type Constraint = (typeof CONSTRAINTS)[number]

export type Amounts = Readonly<Record<string, number>>

export interface NodeRoom {
  readonly node: KubeObject
  readonly allocatable: Amounts
  /** What the pods known to run there leave. */
  readonly free: Amounts
}

/** The nodes of the state with what is left on each. Pods that the state leaves out are not subtracted. */
export function nodeRooms(state: ClusterState): readonly NodeRoom[] {
  const pods = objectsOf(state, 'Pod').filter(
    (pod) => !['Succeeded', 'Failed'].includes(String(at(pod, 'status', 'phase'))),
  )
  return objectsOf(state, 'Node').map((node) => {
    const allocatable = amounts(at(node, 'status', 'allocatable') ?? at(node, 'status', 'capacity'))
    const here = pods.filter((pod) => at(pod, 'spec', 'nodeName') === node.metadata.name)
    const used = here.map((pod) => requestsOf(podSpecIn(pod)))
    const free = Object.fromEntries(
      Object.entries(allocatable).map(([name, all]) => [
        name,
        all - used.reduce((sum, amount) => sum + (amount[name] ?? 0), 0),
      ]),
    )
    return { node, allocatable, free }
  })
}

/** What a pod asks for: the sum of what runs together, or the largest init container's (k8s.io/component-helpers/resource). */
export function requestsOf(spec: JsonObject): Amounts {
  const sum: Record<string, number> = {}
  for (const container of lastingContainers(spec)) {
    for (const [name, amount] of Object.entries(containerRequests(container))) {
      sum[name] = (sum[name] ?? 0) + amount
    }
  }
  for (const container of list(spec['initContainers'])) {
    for (const [name, amount] of Object.entries(containerRequests(container))) {
      sum[name] = Math.max(sum[name] ?? 0, amount)
    }
  }
  return sum
}

/** A request that is absent is the limit's, as the API server defaults it. */
export function containerRequests(container: JsonObject): Amounts {
  return {
    ...amounts(at(container, 'resources', 'limits')),
    ...amounts(at(container, 'resources', 'requests')),
  }
}

export function amounts(value: Json | undefined): Amounts {
  return Object.fromEntries(
    Object.entries(typeof value === 'object' && value !== null ? value : {}).flatMap(([name, text]) => {
      const amount = quantity(text as Json)
      return amount === undefined ? [] : [[name, amount]]
    }),
  )
}

/** Whether the pod fits the node, all constraints but `without` considered. */
export function fits(
  spec: JsonObject,
  { node, allocatable, free }: NodeRoom,
  options: { readonly without?: Constraint; readonly room?: 'allocatable' | 'free' } = {},
): boolean {
  const { without, room = 'allocatable' } = options
  const labels = { ...labelsOf(node.metadata.labels as Json | undefined) }
  const left = room === 'free' ? free : allocatable
  const checks: Readonly<Record<Constraint, () => boolean>> = {
    nodeSelector: () =>
      Object.entries(labelsOf(spec['nodeSelector'])).every(([key, value]) => labels[key] === value),
    affinity: () => matchesAffinity(spec, node, labels),
    tolerations: () => toleratesNode(spec, node),
    resources: () =>
      Object.keys(left).length === 0 ||
      Object.entries(requestsOf(spec)).every(([name, amount]) => amount <= (left[name] ?? 0) + 1e-9),
  }
  return CONSTRAINTS.every((name) => name === without || checks[name]())
}

/** The constraints each of which alone keeps the pod off every node; empty where it fits one, or where several do together. */
export function culprits(spec: JsonObject, rooms: readonly NodeRoom[]): readonly Constraint[] {
  if (rooms.some((room) => fits(spec, room))) return []
  return CONSTRAINTS.filter((without) => rooms.some((room) => fits(spec, room, { without })))
}

function matchesAffinity(
  spec: JsonObject,
  node: KubeObject,
  labels: Readonly<Record<string, string>>,
): boolean {
  const required = at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution')
  if (required === undefined) return true
  return list(at(required, 'nodeSelectorTerms')).some((term) => {
    const expressions = list(term['matchExpressions'])
    const fields = list(term['matchFields'])
    return (
      expressions.length + fields.length > 0 &&
      expressions.every((it) => holds(it['operator'], labels[String(it['key'])], valuesOf(it['values']))) &&
      fields.every((it) => holds(it['operator'], node.metadata.name, valuesOf(it['values'])))
    )
  })
}

function toleratesNode(spec: JsonObject, node: KubeObject): boolean {
  const tolerations = list(spec['tolerations'])
  const taints = list(at(node, 'spec', 'taints')).filter((taint) => taint['effect'] !== 'PreferNoSchedule')
  if (at(node, 'spec', 'unschedulable') === true) return false
  return taints.every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)))
}

/** corev1 Toleration.ToleratesTaint. */
export function tolerates(toleration: JsonObject, taint: JsonObject): boolean {
  const { key, operator = 'Equal', value = '', effect } = toleration
  if (effect !== undefined && effect !== '' && effect !== taint['effect']) return false
  if (key !== undefined && key !== '' && key !== taint['key']) return false
  if (operator === 'Exists') return true
  return key !== undefined && key !== '' && operator === 'Equal' && value === (taint['value'] ?? '')
}
