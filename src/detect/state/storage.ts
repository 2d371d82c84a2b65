import { at, type ClusterState, knows, objectOf, objectsOf } from '#src/domain/cluster-state.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { describeTarget, type TargetRef, targetOf } from '#src/domain/target.ts'
import { SECOND, type Sighting, says, sighting } from './check.ts'
import { eventsAbout } from './events.ts'
import { createdAt, workloadsIn } from './owners.ts'
import { list } from './pod-template.ts'

export const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'

/** Claims that get no volume: their class does not exist, or nothing provisions it. Waiting for a first consumer is none. */
export function storageFaults(state: ClusterState): readonly Sighting[] {
  return objectsOf(state, 'PersistentVolumeClaim').flatMap((claim) => {
    const phase = at(claim, 'status', 'phase')
    if (claim.metadata.deletionTimestamp !== undefined) return []
    if (phase === 'Lost') return [claimFault(state, claim, 'ClaimLost', 'its volume is gone')]
    if (phase !== 'Pending') return []
    const trouble = claimTrouble(state, claim)
    return trouble === undefined ? [] : [claimFault(state, claim, trouble.reason, trouble.words)]
  })
}

/** Why a pending claim stays pending, as far as objects and events tell; undefined where it merely waits. */
export function claimTrouble(state: ClusterState, claim: KubeObject) {
  const name = at(claim, 'spec', 'storageClassName')
  const said = eventsAbout(state, claim).map(({ message }) => message)
  const told = said.some((message) => /storageclass\.storage\.k8s\.io "[^"]+" not found/.test(message))
  if (typeof name === 'string' && name !== '') {
    const exists = objectOf(state, 'StorageClass', '', name) !== undefined
    if (!exists && (knows(state, 'StorageClass') || told)) {
      return { reason: 'StorageClassMissing', words: `its StorageClass ${name} does not exist` } as const
    }
  }
  const unclassed =
    name === undefined && knows(state, 'StorageClass') && objectsOf(state, 'StorageClass').every(isNoDefault)
  if (unclassed || said.some((message) => /no storage class is set/.test(message))) {
    return { reason: 'ClaimPending', words: 'it names no StorageClass, and there is no default one' } as const
  }
  return said.some((message) => /^failed to provision volume|ProvisioningFailed/.test(message)) ||
    eventsAbout(state, claim, 'ProvisioningFailed').length > 0
    ? ({ reason: 'ClaimPending', words: 'its volume cannot be provisioned' } as const)
    : undefined
}

function claimFault(
  state: ClusterState,
  claim: KubeObject,
  reason: 'ClaimLost' | 'ClaimPending' | 'StorageClassMissing',
  words: string,
): Sighting {
  const { target, field } = ownerOfClaim(state, claim)
  const message = eventsAbout(state, claim)[0]?.message ?? ''
  return sighting({
    reason,
    target,
    settleMs: 60 * SECOND,
    sentence: `PersistentVolumeClaim ${claim.metadata.namespace ?? ''}/${claim.metadata.name} is not bound: ${words}.`,
    fields: [field],
    message,
    evidence: [says(claim, message)],
    since: createdAt(claim) || undefined,
    cause: `${describeTarget(target)} ${field} ${reason}`,
  })
}

/** The claim itself, or the StatefulSet whose claim template made it (`TEMPLATE-SET-ORDINAL`). */
function ownerOfClaim(
  state: ClusterState,
  claim: KubeObject,
): { readonly target: TargetRef; readonly field: string } {
  const { namespace = '', name } = claim.metadata
  for (const set of workloadsIn(state).filter(({ kind }) => kind === 'StatefulSet')) {
    if ((set.metadata.namespace ?? '') !== namespace) continue
    for (const template of list(at(set, 'spec', 'volumeClaimTemplates'))) {
      const templateName = String(at(template, 'metadata', 'name'))
      const rest = name.startsWith(`${templateName}-${set.metadata.name}-`)
        ? name.slice(templateName.length + set.metadata.name.length + 2)
        : ''
      if (!/^\d+$/.test(rest)) continue
      const index = list(at(set, 'spec', 'volumeClaimTemplates')).indexOf(template)
      return { target: targetOf(set), field: `spec.volumeClaimTemplates[${index}].spec.storageClassName` }
    }
  }
  return { target: targetOf(claim), field: 'spec.storageClassName' }
}

function isNoDefault({ metadata }: KubeObject): boolean {
  return (
    metadata.annotations?.[DEFAULT_CLASS] !== 'true' &&
    metadata.annotations?.['storageclass.beta.kubernetes.io/is-default-class'] !== 'true'
  )
}
