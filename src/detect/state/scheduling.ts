import { at, type ClusterState, objectOf, objectsOf } from '#src/domain/cluster-state.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { describeTarget, isWorkloadKind, podSpecPath, targetOf } from '#src/domain/target.ts'
import { SECOND, type Sighting, says, sighting } from './check.ts'
import { type Constraint, culprits, fits, nodeRooms } from './node-fit.ts'
import { condition, createdAt, presentPodsIn, workloadsIn } from './owners.ts'
import { list, podSpecIn } from './pod-template.ts'

const SETTLE = 60 * SECOND

/** Pods that no node takes, with the fields that keep them off every node. Scheduling gates are somebody's decision. */
export function schedulingFaults(state: ClusterState): readonly Sighting[] {
  return workloadsIn(state).flatMap((workload) =>
    presentPodsIn(state, workload).flatMap((pod) => {
      const scheduled = condition(pod, 'PodScheduled')
      if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return []
      return podFault(state, workload, pod, scheduled.message)
    }),
  )
}

function podFault(
  state: ClusterState,
  workload: KubeObject,
  pod: KubeObject,
  message: string,
): readonly Sighting[] {
  const target = targetOf(workload)
  const missing = missingClaims(state, workload)
  const common = {
    target,
    settleMs: SETTLE,
    message,
    evidence: [says(pod, message)],
    since: createdAt(pod) || undefined,
  }
  const [claim] = missing
  if (claim !== undefined) {
    return [
      sighting({
        ...common,
        reason: 'ClaimMissing',
        sentence: `Pods of ${describeTarget(target)} use the PersistentVolumeClaim ${claim.name}, which does not exist.`,
        fields: [claim.field],
        cause: `${describeTarget(target)} claim ${claim.name}`,
      }),
    ]
  }
  const waits = /unbound immediate PersistentVolumeClaims/i.test(message)
  const claims = claimsOf(pod).map((name) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    namespace: target.namespace,
    name,
  }))
  const constraints = constraintsAtFault(state, workload, message)
  return [
    sighting({
      ...common,
      reason: 'Unschedulable',
      sentence: `Pods of ${describeTarget(target)} fit on no node${constraints.length > 0 ? ` (${constraints.join(', ')})` : ''}.`,
      fields: constraints.map((name) => fieldOf(workload, name)),
      cause: `${describeTarget(target)} unschedulable`,
      symptomOf: waits ? [...claims, target] : [],
    }),
  ]
}

/* The nodes tell exactly; without nodes in the state, the scheduler's words. */
function constraintsAtFault(
  state: ClusterState,
  workload: KubeObject,
  message: string,
): readonly Constraint[] {
  const rooms = nodeRooms(state)
  const spec = podSpecIn(workload)
  if (rooms.length > 0) {
    const found = culprits(spec, rooms)
    if (found.length > 0) return found
    // It would fit an empty node: what is left is too little.
    return rooms.some((room) => fits(spec, room, { without: 'resources', room: 'free' })) &&
      !rooms.some((room) => fits(spec, room, { room: 'free' }))
      ? ['resources']
      : []
  }
  return [
    ...(/didn't match (?:Pod's )?node (?:affinity\/)?selector|node affinity/.test(message)
      ? (['nodeSelector', 'affinity'] as const)
      : []),
    ...(/untolerated taint/.test(message) ? (['tolerations'] as const) : []),
    ...(/Insufficient /.test(message) ? (['resources'] as const) : []),
  ]
}

function fieldOf(workload: KubeObject, constraint: Constraint): string {
  if (!isWorkloadKind(workload.kind)) return ''
  const path = podSpecPath(workload.kind)
  if (constraint !== 'resources') return formatFieldPath([...path, { member: constraint }])
  const largest = list(podSpecIn(workload)['containers'])[0]
  const container = { by: 'name', is: String(largest?.['name'] ?? '') }
  return formatFieldPath([...path, { member: 'containers' }, container, { member: 'resources' }])
}

function missingClaims(state: ClusterState, workload: KubeObject) {
  const namespace = workload.metadata.namespace ?? ''
  if (!isWorkloadKind(workload.kind) || objectsOf(state, 'PersistentVolumeClaim', namespace).length === 0) {
    return missingByEvent(state, workload)
  }
  return volumeClaims(workload).filter(
    ({ name }) => objectOf(state, 'PersistentVolumeClaim', namespace, name) === undefined,
  )
}

/* Without claims in the state, the scheduler's word counts. */
function missingByEvent(state: ClusterState, workload: KubeObject) {
  const messages = presentPodsIn(state, workload).map((pod) => condition(pod, 'PodScheduled')?.message ?? '')
  return volumeClaims(workload).filter(({ name }) =>
    messages.some((message) => message.includes(`persistentvolumeclaim "${name}" not found`)),
  )
}

/** The claims that a workload's template names itself, and where. */
export function volumeClaims(
  workload: KubeObject,
): readonly { readonly name: string; readonly field: string }[] {
  const { kind } = workload
  if (!isWorkloadKind(kind)) return []
  return list(podSpecIn(workload)['volumes']).flatMap((volume) => {
    const name = at(volume, 'persistentVolumeClaim', 'claimName')
    if (typeof name !== 'string') return []
    const path = [...podSpecPath(kind), { member: 'volumes' }, { by: 'name', is: String(volume['name']) }]
    const field = formatFieldPath([...path, { member: 'persistentVolumeClaim' }, { member: 'claimName' }])
    return [{ name, field }]
  })
}

function claimsOf(pod: KubeObject): readonly string[] {
  return list(podSpecIn(pod)['volumes']).flatMap((volume) => {
    const name = at(volume, 'persistentVolumeClaim', 'claimName')
    return typeof name === 'string' ? [name] : []
  })
}
