import { asJson, groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import { argoDestination } from './argo-holds.ts'
import { type Applier, type Claim, describeApplier } from './claims.ts'
import { ARGO, type EngineObjects, FLUX_HELM, FLUX_KUSTOMIZE } from './engine-objects.ts'
import { releaseName, releaseNamespace } from './flux-helm-release.ts'
import { fluxDestination } from './flux-kustomization.ts'
import { entryOf, inventoryOf } from './inventory.ts'

export const UNCONFIRMED = [
  'NoEngineObject',
  'OtherEngineObject',
  'RemoteCluster',
  'NoInventory',
  'NotInInventory',
  'RemovedFromGit',
] as const

export type Confirmation =
  | { readonly confirmed: true; readonly sentence: string }
  | { readonly confirmed: false; readonly reason: (typeof UNCONFIRMED)[number]; readonly sentence: string }

/**
 * Whether the object that a claim names says the same: it applies to this cluster, and the target is in its inventory.
 * A copied label or annotation is not, whoever copied it. What is not confirmed is "engine unknown": nobody may apply.
 */
export function confirm(claim: Claim, engineObject: KubeObject | undefined, target: TargetRef): Confirmation {
  const who = describeApplier(claim.applier)
  const refuse = (reason: (typeof UNCONFIRMED)[number], sentence: string): Confirmation => ({
    confirmed: false,
    reason,
    sentence: `the ${claim.by} ${claim.key} names ${who}, ${sentence}`,
  })
  if (engineObject === undefined)
    return claim.engine === 'helm'
      ? refuse('NoEngineObject', 'a Helm release that no HelmRelease here is known to make')
      : refuse('NoEngineObject', 'which is not there')
  if (!isNamedBy(engineObject, claim.applier))
    return refuse('OtherEngineObject', `and not ${engineObject.kind} ${engineObject.metadata.name}`)
  const cluster = clusterOf(engineObject)
  if (cluster !== undefined)
    return refuse(
      'RemoteCluster',
      `which applies to another cluster (${cluster}): this object is not its own`,
    )
  const entries = inventoryOf(engineObject)
  if (entries === undefined) return refuse('NoInventory', 'which does not say what it applied')
  const entry = entryOf(entries, target)
  if (entry === undefined)
    return refuse('NotInInventory', `which does not list ${describeTarget(target)}: it was copied there`)
  if (entry.pruned) return refuse('RemovedFromGit', 'in whose source it no longer is')
  return { confirmed: true, sentence: `${who} lists it among what it applied` }
}

/** The object that a claim is about, among those that are known. */
export function claimedObject(
  claim: Claim,
  objects: EngineObjects,
  controllerNamespace: string,
): KubeObject | undefined {
  const { kind, namespace, name } = claim.applier
  if (kind === 'Release')
    return objects
      .ofKind(FLUX_HELM, 'HelmRelease')
      .find((release) => isNamedBy(release, claim.applier) && clusterOf(release) === undefined)
  return objects.find(GROUPS[kind], kind, namespace ?? controllerNamespace, name)
}

const GROUPS = {
  Application: ARGO,
  Kustomization: FLUX_KUSTOMIZE,
  HelmRelease: FLUX_HELM,
} as const satisfies Record<Exclude<Applier['kind'], 'Release'>, string>

function isNamedBy(object: KubeObject, { kind, namespace, name }: Applier): boolean {
  if (kind === 'Release')
    return (
      object.kind === 'HelmRelease' &&
      groupOf(object.apiVersion) === FLUX_HELM &&
      releaseName(object) === name &&
      releaseNamespace(object) === namespace
    )
  return (
    object.kind === kind &&
    groupOf(object.apiVersion) === GROUPS[kind] &&
    object.metadata.name === name &&
    (namespace === undefined || object.metadata.namespace === namespace)
  )
}

/** The other cluster that an engine's object applies to; undefined: this one. */
function clusterOf(object: KubeObject): string | undefined {
  return object.kind === 'Application'
    ? argoDestination(object).cluster
    : fluxDestination(asJson(object)['spec']).cluster
}
