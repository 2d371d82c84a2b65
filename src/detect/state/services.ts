import { at, type ClusterState, objectsOf } from '#src/domain/cluster-state.ts'
import type { Json } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { labelsOf, selectsByMap } from '#src/domain/label-selector.ts'
import { isWorkloadKind } from '#src/domain/target.ts'
import { type Sighting, troubleSighting } from './check.ts'
import { snapshotIn, wantedReplicas, workloadsIn } from './owners.ts'
import {
  type DeclaredPort,
  declaredPorts,
  lastingContainers,
  list,
  mentionsNumber,
  podLabelsIn,
  podSpecIn,
} from './pod-template.ts'

export interface ServiceTrouble {
  readonly reason: 'ServiceWithoutPods' | 'ServicePortUnknown'
  readonly words: string
  readonly fields: readonly string[]
  readonly severity: 'critical' | 'warning'
}

/** Services that reach no pod for a reason of their own. Pods that exist and are not ready are the pods' fault. */
export function serviceFaults(state: ClusterState): readonly Sighting[] {
  return objectsOf(state, 'Service').flatMap((service) => {
    if (service.metadata.deletionTimestamp !== undefined) return []
    const trouble = serviceTrouble(state, service)
    if (trouble === undefined) return []
    return [troubleSighting(service, trouble)]
  })
}

/** What is wrong between a Service and the pods of its namespace; undefined where nothing is, or nobody can know. */
export function serviceTrouble(state: ClusterState, service: KubeObject): ServiceTrouble | undefined {
  const selector = labelsOf(at(service, 'spec', 'selector'))
  if (Object.keys(selector).length === 0 || at(service, 'spec', 'type') === 'ExternalName') return undefined
  const behind = backendsOf(state, service)
  if (behind.length === 0) return withoutPods(state, service, selector)
  for (const [index, port] of list(at(service, 'spec', 'ports')).entries()) {
    const trouble = portTrouble(port, behind)
    if (trouble !== undefined) return { ...trouble, fields: [`${portPath(service, index)}.targetPort`] }
  }
  return undefined
}

/** `spec.ports[name=http]`, or the position where a port has no name. */
export function portPath(service: KubeObject, index: number): string {
  const ports = list(at(service, 'spec', 'ports'))
  const names = ports.map((port) => port['name'])
  const keyed = names.every((name) => typeof name === 'string') && new Set(names).size === names.length
  return keyed ? `spec.ports[name=${String(names[index])}]` : `spec.ports[${index}]`
}

/** Workloads, and pods that none of them owns, which the Service selects. */
export function backendsOf(state: ClusterState, service: KubeObject): readonly KubeObject[] {
  return candidatesIn(state, service.metadata.namespace ?? '').filter((object) =>
    selectsByMap(at(service, 'spec', 'selector'), podLabelsIn(object)),
  )
}

/** Everything in the namespace that has or makes pods; workloads scaled to zero among them. */
export function candidatesIn(state: ClusterState, namespace: string): readonly KubeObject[] {
  const workloads = workloadsIn(state).filter(
    (workload) => workload.metadata.namespace === namespace && isWorkloadKind(workload.kind),
  )
  const owned = new Set(workloads.flatMap((workload) => snapshotIn(state, workload).pods))
  const others = objectsOf(state, 'Pod', namespace).filter(
    (pod) => !owned.has(pod) && pod.metadata.deletionTimestamp === undefined,
  )
  return [...workloads, ...others]
}

function withoutPods(
  state: ClusterState,
  service: KubeObject,
  selector: Readonly<Record<string, string>>,
): ServiceTrouble | undefined {
  const namespace = service.metadata.namespace ?? ''
  // A Service may come before what it is for; where nothing runs, nothing is misdirected.
  const running = candidatesIn(state, namespace).filter((object) => wantedReplicas(object) !== 0)
  if (running.length === 0) return undefined
  return {
    reason: 'ServiceWithoutPods',
    words: 'selects no pod and no workload of its namespace',
    fields: Object.keys(selector).map((key) =>
      /^[A-Za-z_$][A-Za-z0-9_$-]*$/.test(key)
        ? `spec.selector.${key}`
        : `spec.selector[${JSON.stringify(key)}]`,
    ),
    severity: 'critical',
  }
}

function portTrouble(
  port: Readonly<Record<string, Json | undefined>>,
  behind: readonly KubeObject[],
): Omit<ServiceTrouble, 'fields'> | undefined {
  const targetPort = port['targetPort'] ?? port['port']
  const protocol = port['protocol'] ?? 'TCP'
  const declared = behind.map((object) =>
    declaredPorts(podSpecIn(object)).filter((it) => it.protocol === protocol),
  )
  if (typeof targetPort === 'string' && !/^\d+$/.test(targetPort)) {
    const known = declared.some((ports) => ports.some(({ name }) => name === targetPort))
    return known
      ? undefined
      : {
          reason: 'ServicePortUnknown',
          words: `leads to a port ${targetPort} that no container behind it names`,
          severity: 'critical',
        }
  }
  // Declaring ports is optional: a number that is not declared may well be listened on, surely where it is mentioned.
  const mentioned = behind.some((object) =>
    lastingContainers(podSpecIn(object)).some((container) => mentionsNumber(container, Number(targetPort))),
  )
  if (mentioned) return undefined
  const numbers = declared.filter((ports) => ports.length > 0)
  const wrong =
    numbers.length > 0 &&
    numbers.every((ports) => !ports.some((it: DeclaredPort) => it.port === Number(targetPort)))
  return wrong
    ? {
        reason: 'ServicePortUnknown',
        words: `leads to port ${String(targetPort)}, which no container behind it declares`,
        severity: 'warning',
      }
    : undefined
}
