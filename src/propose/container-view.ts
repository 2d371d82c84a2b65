import type { Fault } from '#src/domain/fault.ts'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { isWorkloadKind, podSpecPath } from '#src/domain/target.ts'

/** Which container of a pod: sidecars live among the init containers. */
export type ContainerRef = Pick<Fault, 'role' | 'container'>

/** The pod spec inside a workload, a ReplicaSet or a pod; undefined for anything else. */
export function podSpecOf(object: KubeObject | undefined): JsonObject | undefined {
  if (object === undefined) return undefined
  const path =
    object.kind === 'Pod'
      ? parseFieldPath('spec')
      : object.kind === 'ReplicaSet'
        ? parseFieldPath('spec.template.spec')
        : isWorkloadKind(object.kind)
          ? podSpecPath(object.kind)
          : undefined
  const spec = path === undefined ? undefined : valueAt(asJson(object), path)
  return isObject(spec) ? spec : undefined
}

/** One container of a workload, ReplicaSet or pod. */
export function containerOf(object: KubeObject | undefined, ref: ContainerRef): JsonObject | undefined {
  return namedItem(podSpecOf(object), ref.role === 'main' ? 'containers' : 'initContainers', ref.container)
}

/** The status of one container of a pod. */
export function containerStatusOf(pod: KubeObject, ref: ContainerRef): JsonObject | undefined {
  const list = ref.role === 'main' ? 'containerStatuses' : 'initContainerStatuses'
  const status = pod['status']
  return namedItem(isObject(status) ? status : undefined, list, ref.container)
}

export function imageOf(container: JsonObject | undefined): string | undefined {
  const image = container?.['image']
  return typeof image === 'string' && image !== '' ? image : undefined
}

/** The objects in a list member; none where it is absent or something else. */
export function objectsIn(parent: JsonObject | undefined, list: string): readonly JsonObject[] {
  const items = parent?.[list]
  return isArray(items) ? items.filter(isObject) : []
}

function namedItem(parent: JsonObject | undefined, list: string, name: string): JsonObject | undefined {
  return objectsIn(parent, list).find((item) => item['name'] === name)
}
