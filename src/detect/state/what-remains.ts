import {
  at,
  type ClusterState,
  knows,
  liveObject,
  objectOf,
  objectsOf,
  withObject,
} from '#src/domain/cluster-state.ts'
import type { Fault } from '#src/domain/fault.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { targetOf } from '#src/domain/target.ts'
import { isTargetMissing } from './autoscaling.ts'
import { disruptionTrouble } from './disruption.ts'
import { ingressTroubles } from './ingresses.ts'
import { cronTrouble } from './jobs.ts'
import { limitRangeTrouble, quotaTrouble } from './limits.ts'
import { fits, nodeRooms } from './node-fit.ts'
import { list, podSpecIn } from './pod-template.ts'
import { volumeClaims } from './scheduling.ts'
import { serviceTrouble } from './services.ts'

/** `cured`: the check that found the fault finds nothing in the changed object. `unknown`: objects cannot tell. */
export type Remainder = 'cured' | 'remains' | 'unknown'

/** Would the fault still be there if the live object were this one? Judged by the check that found it. */
export function whatRemains(
  state: ClusterState,
  changed: KubeObject,
  fault: Pick<Fault, 'family' | 'reason' | 'field' | 'container'>,
): Remainder {
  const after = withObject(state, changed)
  switch (fault.family) {
    case 'service':
      return verdict(serviceTrouble(after, changed) === undefined)
    case 'ingress':
      return ingressRemainder(state, after, changed, fault.field)
    case 'autoscaling':
      return changed.kind === 'HorizontalPodAutoscaler'
        ? verdict(!isTargetMissing(after, changed))
        : verdict(requestsEverywhere(changed, fault.field))
    case 'disruption':
      return verdict(disruptionTrouble(after, changed) === undefined)
    case 'schedule':
      return fault.reason === 'JobDeadlineExceeded'
        ? 'unknown'
        : verdict(cronTrouble(after, changed) === undefined)
    case 'claim':
      return claimRemainder(after, changed, fault.field)
    case 'scheduling':
      return schedulingRemainder(after, changed)
    case 'quota':
      return limitsRemainder(after, changed)
    case 'account':
      return named(after, 'ServiceAccount', changed, 'serviceAccountName')
    case 'priority':
      return named(after, 'PriorityClass', changed, 'priorityClassName')
    default:
      return 'unknown'
  }
}

function verdict(cured: boolean): Remainder {
  return cured ? 'cured' : 'remains'
}

/* The trouble at the field is gone, and the change brings no other. */
function ingressRemainder(
  before: ClusterState,
  after: ClusterState,
  changed: KubeObject,
  field: string,
): Remainder {
  const live = liveObject(before, targetOf(changed))
  const known = new Set(live === undefined ? [] : ingressTroubles(before, live).map((it) => it.field))
  return verdict(ingressTroubles(after, changed).every((it) => it.field !== field && known.has(it.field)))
}

function requestsEverywhere(workload: KubeObject, field: string): boolean {
  const resource = field.endsWith('.memory') ? 'memory' : 'cpu'
  return list(podSpecIn(workload)['containers']).every(
    (container) =>
      at(container, 'resources', 'requests', resource) !== undefined ||
      at(container, 'resources', 'limits', resource) !== undefined,
  )
}

function claimRemainder(state: ClusterState, changed: KubeObject, field: string): Remainder {
  if (field.endsWith('.claimName')) {
    const namespace = changed.metadata.namespace ?? ''
    if (objectsOf(state, 'PersistentVolumeClaim', namespace).length === 0) return 'unknown'
    return verdict(
      volumeClaims(changed).every(
        ({ name }) => objectOf(state, 'PersistentVolumeClaim', namespace, name) !== undefined,
      ),
    )
  }
  const specs =
    changed.kind === 'StatefulSet'
      ? list(at(changed, 'spec', 'volumeClaimTemplates')).map((template) => at(template, 'spec'))
      : [at(changed, 'spec')]
  const classes = specs.map((spec) => at(spec, 'storageClassName'))
  if (!knows(state, 'StorageClass') || classes.some((name) => typeof name !== 'string')) return 'unknown'
  return verdict(classes.every((name) => objectOf(state, 'StorageClass', '', String(name)) !== undefined))
}

function schedulingRemainder(state: ClusterState, changed: KubeObject): Remainder {
  const rooms = nodeRooms(state)
  if (rooms.length === 0) return 'unknown'
  return verdict(rooms.some((room) => fits(podSpecIn(changed), room, { room: 'free' })))
}

function limitsRemainder(state: ClusterState, changed: KubeObject): Remainder {
  const namespace = changed.metadata.namespace ?? ''
  const known = ['LimitRange', 'ResourceQuota'].some((kind) => objectsOf(state, kind, namespace).length > 0)
  if (!known) return 'unknown'
  return verdict(
    limitRangeTrouble(state, changed) === undefined && quotaTrouble(state, changed) === undefined,
  )
}

function named(state: ClusterState, kind: string, changed: KubeObject, member: string): Remainder {
  const spec: JsonObject = podSpecIn(changed)
  const name = spec[member]
  const namespace = kind === 'ServiceAccount' ? (changed.metadata.namespace ?? '') : ''
  if (typeof name !== 'string' || name === 'default') return 'unknown'
  const listed = kind === 'ServiceAccount' ? objectsOf(state, kind, namespace) : objectsOf(state, kind)
  if (listed.length === 0) return 'unknown'
  return verdict(objectOf(state, kind, namespace, name) !== undefined)
}
