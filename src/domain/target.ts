import { type FieldPath, parseFieldPath, valueAt } from './field-path.ts'
import { isArray, isObject, type JsonObject } from './json.ts'
import { asJson, groupOf, type KubeObject } from './kube-object.ts'

/** The workload a Remediation is about. Its identity comes from the cluster, never from a model. */
export interface TargetRef {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export type ContainerRole = 'main' | 'init' | 'sidecar'

/** The kinds whose pod template we know how to repair, and where that template is. */
export const POD_TEMPLATE = {
  Deployment: 'spec.template',
  StatefulSet: 'spec.template',
  DaemonSet: 'spec.template',
  Job: 'spec.template',
  CronJob: 'spec.jobTemplate.spec.template',
} as const satisfies Record<string, string>

export type WorkloadKind = keyof typeof POD_TEMPLATE

export function isWorkloadKind(kind: string): kind is WorkloadKind {
  return Object.hasOwn(POD_TEMPLATE, kind)
}

/** The group of each kind that can be repaired. */
const REPAIRABLE: Readonly<Record<string, string>> = {
  Deployment: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  CronJob: 'batch',
  Service: '',
  PersistentVolumeClaim: '',
  Ingress: 'networking.k8s.io',
  HorizontalPodAutoscaler: 'autoscaling',
  PodDisruptionBudget: 'policy',
}

/**
 * True for the Kubernetes kinds of that name, in any version; somebody else's kind may have the same name. A Job can be
 * repaired in Git and not in the cluster: its template is immutable, it must be created anew.
 */
export function isRepairable({ apiVersion, kind }: Pick<TargetRef, 'apiVersion' | 'kind'>): boolean {
  return Object.hasOwn(REPAIRABLE, kind) && REPAIRABLE[kind] === groupOf(apiVersion)
}

/** Path of the pod spec inside a workload of that kind: `spec.template.spec`. */
export function podSpecPath(kind: WorkloadKind): FieldPath {
  return parseFieldPath(`${POD_TEMPLATE[kind]}.spec`)
}

/** Path of one container inside a workload; sidecars live among the init containers. */
export function containerPath(kind: WorkloadKind, role: ContainerRole, container: string): FieldPath {
  const list = role === 'main' ? 'containers' : 'initContainers'
  return [...podSpecPath(kind), { member: list }, { by: 'name', is: container }]
}

/** The containers of a workload with their role, init containers first, as its pod template lists them. */
export function containersOf(
  workload: KubeObject,
): readonly { readonly role: ContainerRole; readonly container: JsonObject }[] {
  if (!isWorkloadKind(workload.kind)) return []
  const spec = valueAt(asJson(workload), podSpecPath(workload.kind))
  if (!isObject(spec)) return []
  const list = (key: string) => (isArray(spec[key]) ? spec[key].filter(isObject) : [])
  return [
    ...list('initContainers').map((container) => ({
      role: container['restartPolicy'] === 'Always' ? ('sidecar' as const) : ('init' as const),
      container,
    })),
    ...list('containers').map((container) => ({ role: 'main' as const, container })),
  ]
}

/** `Deployment shop/web`, for people. */
export function describeTarget(target: TargetRef): string {
  return `${target.kind} ${target.namespace === '' ? '' : `${target.namespace}/`}${target.name}`
}

/** One text per target, for maps and queue keys. Group rather than version: a workload stays itself across versions. */
export function targetKey(target: TargetRef): string {
  return `${target.apiVersion.includes('/') ? target.apiVersion.split('/')[0] : ''}/${target.kind}/${target.namespace}/${target.name}`
}

export function targetOf(object: KubeObject): TargetRef {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
  }
}
