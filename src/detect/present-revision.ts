import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { Family } from '#src/domain/fault.ts'
import { isObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { ContainerRole } from '#src/domain/target.ts'
import { familyOf, findingsOf } from './checks.ts'
import { controllerOf, projectPod } from './project-pod.ts'

/**
 * The pods made from the workload's present pod template. While a change rolls out, older pods may still show a fault
 * that the change has ended: that says nothing about the template as it is. Empty while the controller has not seen the
 * latest change. A CronJob keeps no revisions: all its pods.
 */
export function presentPods(snapshot: WorkloadSnapshot): readonly KubeObject[] {
  const { workload, pods } = snapshot
  if (workload.kind === 'CronJob') return pods
  if (!isObserved(workload)) return []
  return pods.filter(isPresent(snapshot))
}

function isPresent({ workload, replicaSets }: WorkloadSnapshot): (pod: KubeObject) => boolean {
  const label = (pod: KubeObject, name: string) => pod.metadata.labels?.[name]
  if (workload.kind === 'Deployment') {
    const newest = replicaSets[0]?.metadata.uid
    return (pod) => newest !== undefined && controllerOf(pod)?.uid === newest
  }
  if (workload.kind === 'StatefulSet') {
    const { status } = asJson(workload)
    const revision = isObject(status) ? status['updateRevision'] : undefined
    return (pod) => label(pod, 'controller-revision-hash') === revision
  }
  // The API server counts a DaemonSet's templates in this annotation, and its pods carry the number.
  const generation = workload.metadata.annotations?.['deprecated.daemonset.template.generation']
  return (pod) => generation === undefined || label(pod, 'pod-template-generation') === generation
}

function isObserved(workload: KubeObject): boolean {
  const { status } = asJson(workload)
  const observed = isObject(status) ? status['observedGeneration'] : undefined
  return typeof observed === 'number' && observed >= (workload.metadata.generation ?? 0)
}

/** Whether a pod of the present template shows a fault of this family and container now. */
export function showsNow(
  snapshot: WorkloadSnapshot,
  place: { readonly family: Family; readonly container: string; readonly role: ContainerRole },
  now: number,
  stableForMs: number,
): boolean {
  return presentPods(snapshot).some((pod) =>
    findingsOf(projectPod(pod), now, { stableForMs }).some(
      (finding) =>
        familyOf(finding) === place.family &&
        finding.container === place.container &&
        finding.role === place.role,
    ),
  )
}
