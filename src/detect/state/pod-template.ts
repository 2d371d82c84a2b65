import { at } from '#src/domain/cluster-state.ts'
import { valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type Labels, labelsOf } from '#src/domain/label-selector.ts'
import { isWorkloadKind, podSpecPath } from '#src/domain/target.ts'

/** The pod spec of a workload or of a pod. */
export function podSpecIn(object: KubeObject): JsonObject {
  const spec = isWorkloadKind(object.kind)
    ? valueAt(asJson(object), podSpecPath(object.kind))
    : object.kind === 'ReplicaSet'
      ? at(object, 'spec', 'template', 'spec')
      : at(object, 'spec')
  return isObject(spec) ? spec : {}
}

/** The labels that the workload's pods get. */
export function podLabelsIn(workload: KubeObject): Labels {
  if (workload.kind === 'ReplicaSet') return labelsOf(at(workload, 'spec', 'template', 'metadata', 'labels'))
  if (!isWorkloadKind(workload.kind)) return labelsOf(at(workload, 'metadata', 'labels'))
  const template = podSpecPath(workload.kind).slice(0, -1)
  return labelsOf(valueAt(asJson(workload), [...template, { member: 'metadata' }, { member: 'labels' }]))
}

export function list(value: Json | undefined): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : []
}

/** Containers that run beside each other for the pod's whole life: main ones and sidecars. */
export function lastingContainers(spec: JsonObject): readonly JsonObject[] {
  const sidecars = list(spec['initContainers']).filter((it) => it['restartPolicy'] === 'Always')
  return [...sidecars, ...list(spec['containers'])]
}

/** True where a container says the number anywhere beside its declared ports: in arguments, environment or probes. */
export function mentionsNumber(container: JsonObject, number: number): boolean {
  const { ports: _ports, image: _image, resources: _resources, ...rest } = container
  return new RegExp(`(?<![0-9.])${number}(?![0-9.])`).test(JSON.stringify(rest))
}

export interface DeclaredPort {
  readonly container: string
  readonly name: string | undefined
  readonly port: number
  readonly protocol: string
}

export function declaredPorts(spec: JsonObject): readonly DeclaredPort[] {
  return lastingContainers(spec).flatMap((container) =>
    list(container['ports']).flatMap(({ name, containerPort, protocol }) =>
      typeof containerPort === 'number'
        ? [
            {
              container: String(container['name'] ?? ''),
              name: typeof name === 'string' && name !== '' ? name : undefined,
              port: containerPort,
              protocol: typeof protocol === 'string' ? protocol : 'TCP',
            },
          ]
        : [],
    ),
  )
}
