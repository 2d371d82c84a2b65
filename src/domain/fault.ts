import { digest } from './digest.ts'
import { formatFieldPath, parseFieldPath, valueAt } from './field-path.ts'
import { canonicalJson } from './json.ts'
import { asJson, type KubeObject } from './kube-object.ts'
import { type ContainerRole, containerPath, isWorkloadKind, type TargetRef, targetKey } from './target.ts'

/** Reasons as the kubelet writes them into `state.waiting.reason`, and the family each belongs to. */
export const FAULT_FAMILY = {
  ErrImagePull: 'image',
  ImagePullBackOff: 'image',
  InvalidImageName: 'image',
  CreateContainerConfigError: 'config',
  CreateContainerError: 'run',
  RunContainerError: 'run',
  CrashLoopBackOff: 'run',
} as const satisfies Record<string, string>

export type FaultReason = keyof typeof FAULT_FAMILY

/**
 * Reasons that alternate while one cause lasts are one family: ErrImagePull and ImagePullBackOff, or RunContainerError,
 * CrashLoopBackOff and Running between two restarts.
 */
export type FaultFamily = (typeof FAULT_FAMILY)[FaultReason]

/**
 * Faults that show only where many objects are looked at together, and the family of each. The family says which fields
 * may answer the fault (propose/allow-list.ts). Some belong to families of the kubelet's own reasons.
 */
export const STATE_FAULT_FAMILY = {
  ErrImageNeverPull: 'image',
  ImageInspectError: 'image',
  ExecFormatError: 'run',
  ContainerMountFailed: 'mount',
  RunAsRootRefused: 'security',
  FailedMount: 'config',
  OOMKilled: 'memory',
  Evicted: 'ephemeral',
  Unschedulable: 'scheduling',
  ProbeFailed: 'probe',
  ProgressDeadlineExceeded: 'rollout',
  QuotaExceeded: 'quota',
  LimitRangeExceeded: 'quota',
  PodSecurityViolated: 'security',
  ServiceAccountMissing: 'account',
  PriorityClassMissing: 'priority',
  AdmissionRefused: 'admission',
  ClaimMissing: 'claim',
  ClaimPending: 'claim',
  ClaimLost: 'claim',
  StorageClassMissing: 'claim',
  ServiceWithoutPods: 'service',
  ServicePortUnknown: 'service',
  IngressClassMissing: 'ingress',
  IngressBackendMissing: 'ingress',
  IngressPortMissing: 'ingress',
  IngressSecretMissing: 'ingress',
  ScaleTargetMissing: 'autoscaling',
  ScaleMetricUnavailable: 'autoscaling',
  DisruptionNeverAllowed: 'disruption',
  JobFailed: 'run',
  JobDeadlineExceeded: 'schedule',
  ScheduleInvalid: 'schedule',
  ScheduleNeverStarts: 'schedule',
  DaemonSetUnready: 'rollout',
} as const satisfies Record<string, string>

export type StateReason = keyof typeof STATE_FAULT_FAMILY

/** Every reason constant, wherever the fault was seen. */
export type Reason = FaultReason | StateReason
export type Family = FaultFamily | (typeof STATE_FAULT_FAMILY)[StateReason]

export const REASON_FAMILY: Readonly<Record<Reason, Family>> = { ...FAULT_FAMILY, ...STATE_FAULT_FAMILY }

export function isFaultReason(reason: string): reason is FaultReason {
  return Object.hasOwn(FAULT_FAMILY, reason)
}

/** What one check found on one pod. */
export interface Finding {
  readonly reason: FaultReason
  readonly role: ContainerRole
  readonly container: string
  /** The kubelet's message, untrusted, at most a few hundred characters. */
  readonly message: string
}

/** The same for any reason, wherever it was seen. */
export type AnyFinding = Omit<Finding, 'reason'> & { readonly reason: Reason }

/** A fault of a workload: the same finding on any number of its pods. */
export interface Fault {
  readonly key: string
  readonly reason: Reason
  readonly family: Family
  readonly role: ContainerRole
  /** Empty where the fault is one of the whole object: then any container's fields may answer it. */
  readonly container: string
  /** The field at fault as far as the finding tells: the container's image, the container itself, a Service's selector. */
  readonly field: string
  readonly message: string
}

/** The field that a fault of this family points at, in the workload: the image, else the whole container. */
export function fieldAtFault(target: TargetRef, finding: AnyFinding): string {
  if (!isWorkloadKind(target.kind) || finding.container === '') return ''
  const container = formatFieldPath(containerPath(target.kind, finding.role, finding.container))
  return REASON_FAMILY[finding.reason] === 'image' ? `${container}.image` : container
}

/**
 * The fault of a workload that a finding shows. Its key is made of the workload, container, family, the field at fault
 * and that field's present content, so it survives restarts of pods and of the operator, and changes when somebody
 * changes the field. Never of logs, pod names, messages or times. `field` is the one that the finding names, where it
 * does.
 */
export function faultOf(
  workload: KubeObject,
  target: TargetRef,
  finding: AnyFinding,
  field: string = fieldAtFault(target, finding),
): Fault {
  const family = REASON_FAMILY[finding.reason]
  const content = field === '' ? undefined : valueAt(asJson(workload), parseFieldPath(field))
  const key = digest(targetKey(target), finding.container, family, field, canonicalJson(content)).slice(0, 32)
  return {
    key,
    reason: finding.reason,
    family,
    role: finding.role,
    container: finding.container,
    field,
    message: finding.message,
  }
}

/**
 * Fix key: one per faulty source, whoever sees it; the branch of the pull request is made of it. `places` are the edited
 * files with the field in each, in the order of the edits.
 */
export function fixKey(repository: string, places: readonly string[], target: string): string {
  return digest(repository, target, ...places).slice(0, 16)
}
