import { OperatorError } from '#src/domain/errors.ts'
import { groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import { identityOf } from '#src/manifests/target-match.ts'

/** An object as a person names it. */
export interface WantedObject {
  readonly kind: string
  /** Undefined: whatever group has the kind. */
  readonly group: string | undefined
  /** Empty: the manifest carries none. */
  readonly namespace: string
  readonly name: string
}

export function describeWanted({ kind, group, namespace, name }: WantedObject): string {
  return `${kind}${group ? `.${group}` : ''} ${namespace || '-'}/${name}`
}

/** True for the object itself; also, with `generated`, for a generated name: the wanted one and a hash behind it. */
function isNamed(object: KubeObject, wanted: WantedObject): boolean {
  return (
    object.kind === wanted.kind &&
    (wanted.group === undefined || groupOf(object.apiVersion) === wanted.group) &&
    (object.metadata.name === wanted.name || isGeneratedFrom(object, wanted.name))
  )
}

/** kustomize's generators append a dash and ten letters and digits to the name that stands in the kustomization. */
function isGeneratedFrom({ kind, metadata }: KubeObject, name: string): boolean {
  return (
    (kind === 'ConfigMap' || kind === 'Secret') &&
    metadata.name.length === name.length + 11 &&
    metadata.name.startsWith(`${name}-`) &&
    /^[a-z0-9]{10}$/.test(metadata.name.slice(-10))
  )
}

/**
 * Those of the objects that are meant. One that names its namespace is preferred; an object without a namespace gets it
 * from where it is applied, and is meant too when there is no other.
 */
export function pickWanted<Item extends { readonly object: KubeObject }>(
  items: readonly Item[],
  wanted: WantedObject,
): readonly Item[] {
  const named = items.filter(({ object }) => isNamed(object, wanted))
  const exactly = named.filter(({ object }) => object.metadata.name === wanted.name)
  const among = exactly.length > 0 ? exactly : named
  const stated = among.filter(({ object }) => (object.metadata.namespace ?? '') === wanted.namespace)
  return stated.length > 0 ? stated : among.filter(({ object }) => object.metadata.namespace === undefined)
}

/** Tells why nothing was found, with what comes near. */
export function notFound(objects: readonly KubeObject[], wanted: WantedObject, where: string): OperatorError {
  const near = objects
    .filter(({ kind, metadata }) => kind === wanted.kind || metadata.name === wanted.name)
    .slice(0, 5)
    .map(identityOf)
  const others = near.length === 0 ? '' : `; there is ${near.join(', ')}`
  return new OperatorError('NotInGit', `not found in ${where}${others}`, { object: describeWanted(wanted) })
}
