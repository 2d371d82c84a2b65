import type { KubeObject } from '#src/domain/kube-object.ts'
import { groupOf } from '#src/domain/kube-object.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import { type ContainerRef, containerOf } from '#src/propose/container-view.ts'
import { judge } from './verdict.ts'

export interface IdentityClaim {
  /** From the Remediation, which has it from the cluster. */
  readonly target: TargetRef
  readonly ref: ContainerRef
  readonly before: KubeObject
  readonly after: KubeObject
  /** The workload as the API server has it; absent where only Git is looked at. */
  readonly live?: KubeObject | undefined
  /** True where the live object comes from a file, which may leave out uids. */
  readonly offline?: boolean
}

/** The rendered object, before and after, is the target, and the container at fault is in it and in the live workload. */
export function identityGate({ target, ref, before, after, live, offline }: IdentityClaim): GateVerdict {
  const troubles = [
    ...troublesWith('Git before the change', before, target, ref),
    ...troublesWith('Git after the change', after, target, ref),
  ]
  if (live !== undefined) {
    troubles.push(...troublesWith('The cluster', live, target, ref))
    if (live.metadata.namespace !== target.namespace) troubles.push('The cluster shows another namespace.')
    if (live.metadata.uid === undefined && !offline) troubles.push('The cluster shows an object without uid.')
    if (live.metadata.deletionTimestamp !== undefined) {
      troubles.push(`${describeTarget(target)} is being deleted.`)
    }
    const uids = [before, after].map(({ metadata }) => metadata.uid).filter((uid) => uid !== undefined)
    if (uids.some((uid) => uid !== live.metadata.uid)) troubles.push('Git pins the uid of another object.')
  }
  return judge('identity', troubles, `The change is one of ${describeTarget(target)} and nothing else.`)
}

function troublesWith(where: string, object: KubeObject, target: TargetRef, ref: ContainerRef): string[] {
  const { name, namespace } = object.metadata
  const same =
    object.kind === target.kind &&
    groupOf(object.apiVersion) === groupOf(target.apiVersion) &&
    name === target.name &&
    (namespace === undefined || namespace === target.namespace)
  if (!same) {
    return [`${where} shows ${object.kind} ${namespace ?? ''}/${name} instead of ${describeTarget(target)}.`]
  }
  return ref.container !== '' && containerOf(object, ref) === undefined
    ? [`${where} shows no ${ref.role} container ${ref.container}.`]
    : []
}
