import type { ClusterState } from '#src/domain/cluster-state.ts'
import type { StateReason } from '#src/domain/fault.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { describeTarget, isWorkloadKind, podSpecPath, type TargetRef, targetOf } from '#src/domain/target.ts'
import { SECOND, type Sighting, says, sighting } from './check.ts'
import { eventsAbout } from './events.ts'
import { condition, createdAt, jobsIn, snapshotIn, wantedReplicas, workloadsIn } from './owners.ts'

interface Refusal {
  readonly reason: StateReason
  readonly pattern: RegExp
  readonly trouble: string
  /** Below the pod spec. */
  readonly field: string
}

/* The words of the admission plugins (plugin/pkg/admission, pod-security-admission), the most telling first. */
const REFUSALS: readonly Refusal[] = [
  {
    reason: 'ServiceAccountMissing',
    pattern: /error looking up service account [^ ]+: serviceaccounts? "[^"]+" not found/,
    trouble: 'its ServiceAccount does not exist',
    field: 'serviceAccountName',
  },
  {
    reason: 'QuotaExceeded',
    pattern: /(?:exceeded|failed) quota: /,
    trouble: 'a quota of the namespace does not allow them',
    field: 'containers',
  },
  {
    reason: 'LimitRangeExceeded',
    pattern:
      /(?:minimum|maximum) [-a-z./]+ (?:usage|limit|request)|max limit to request ratio|per (?:Container|Pod) is /,
    trouble: 'a LimitRange of the namespace does not allow them',
    field: 'containers',
  },
  {
    reason: 'PodSecurityViolated',
    pattern: /violates PodSecurity "/,
    trouble: 'the Pod Security level of the namespace does not allow them',
    field: 'securityContext',
  },
  {
    reason: 'PriorityClassMissing',
    pattern: /no PriorityClass with name [^ ]+ was found/,
    trouble: 'its PriorityClass does not exist',
    field: 'priorityClassName',
  },
  {
    reason: 'AdmissionRefused',
    pattern: /admission webhook "[^"]+" denied the request|failed calling webhook|ValidatingAdmissionPolicy/,
    trouble: 'an admission webhook or policy refuses them',
    field: '',
  },
]

/** Workloads whose pods cannot even be created: their controller reports FailedCreate. */
export function creationFaults(state: ClusterState): readonly Sighting[] {
  return workloadsIn(state).flatMap((workload) => {
    if (wantedReplicas(workload) === 0) return []
    for (const owner of podMakers(state, workload)) {
      const event = eventsAbout(state, owner, 'FailedCreate')[0]
      const failure = condition(owner, 'ReplicaFailure')
      const said = failure?.status === 'True' ? failure.message : event?.message
      if (said === undefined || (failure === undefined && hasPodsSince(state, workload, event?.last)))
        continue
      return refusalOf(workload, owner, said, failure?.since ?? event?.first)
    }
    return []
  })
}

function refusalOf(
  workload: KubeObject,
  owner: KubeObject,
  message: string,
  since: number | undefined,
): readonly Sighting[] {
  const refusal = REFUSALS.find(({ pattern }) => pattern.test(message))
  if (refusal === undefined) return []
  const target = targetOf(workload)
  return [
    sighting({
      reason: refusal.reason,
      target,
      settleMs: 30 * SECOND,
      sentence: `Pods of ${describeTarget(target)} are not created: ${refusal.trouble}.`,
      fields: fieldsOf(target, refusal.field),
      message,
      evidence: [says(owner, message)],
      since: since ?? (createdAt(owner) || undefined),
      cause: `${describeTarget(target)} creation`,
    }),
  ]
}

function fieldsOf({ kind }: TargetRef, field: string): readonly string[] {
  if (!isWorkloadKind(kind) || field === '') return []
  return [formatFieldPath([...podSpecPath(kind), { member: field }])]
}

/* What creates the pods now: the newest ReplicaSet, the newest Job, or the workload itself. */
function podMakers(state: ClusterState, workload: KubeObject): readonly KubeObject[] {
  if (workload.kind === 'Deployment')
    return [...snapshotIn(state, workload).replicaSets.slice(0, 1), workload]
  if (workload.kind !== 'CronJob') return [workload]
  return jobsIn(state, workload).slice(0, 1)
}

/* Without a condition, an old event means nothing once pods have been made since. */
function hasPodsSince(state: ClusterState, workload: KubeObject, at: number | undefined): boolean {
  return snapshotIn(state, workload).pods.some((pod) => createdAt(pod) > (at ?? 0))
}
