import type { KubeApi } from '#src/cluster/kube-api.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { describeWanted, type WantedObject } from '#src/manifests/checkout/wanted-object.ts'

/** Built-in kinds, so that a person need not name their API. Secrets are never read. */
const BUILT_IN: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  CronJob: 'batch/v1',
  Job: 'batch/v1',
  ConfigMap: 'v1',
  Service: 'v1',
  ServiceAccount: 'v1',
  PersistentVolumeClaim: 'v1',
  Ingress: 'networking.k8s.io/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  PodDisruptionBudget: 'policy/v1',
}

/** The object that a person names, with its API version. ConfigInvalid for kinds that are not built in. */
export function targetOfArgument(wanted: WantedObject): TargetRef {
  const { kind, namespace, name } = wanted
  const apiVersion = BUILT_IN[kind]
  if (apiVersion !== undefined && (wanted.group === undefined || apiVersion.startsWith(`${wanted.group}/`)))
    return { apiVersion, kind, namespace, name }
  const kinds = Object.keys(BUILT_IN).join(', ')
  throw new OperatorError('ConfigInvalid', `with --config only these kinds are traced: ${kinds}`, {
    object: describeWanted(wanted),
  })
}

export interface LiveObject {
  readonly object: KubeObject | undefined
  /** Why there is none. */
  readonly why: string
}

/** The live object; without a cluster, why it cannot be read. */
export async function liveObject(api: KubeApi, target: TargetRef): Promise<LiveObject> {
  try {
    return { object: await api.get(target), why: 'there is no such object in the cluster' }
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code === 'Internal') throw error
    return { object: undefined, why: `the cluster could not be asked (${error.code}: ${error.message})` }
  }
}
