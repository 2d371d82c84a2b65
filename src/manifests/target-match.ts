import { OperatorError } from '#src/domain/errors.ts'
import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { groupOf, isKubeObject, type KubeObject } from '#src/domain/kube-object.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { withoutHash } from '#src/manifests/kustomize/kustomize-hash.ts'
import type { ObjectPlace } from '#src/manifests/yaml/edit-manifest-text.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'

/** An object of a file and where it stands there. */
export interface PlacedObject {
  readonly place: ObjectPlace
  readonly object: KubeObject
}

/** The objects of a file's documents; the items of a `kind: List` each count. */
export function objectsOf(documents: readonly Json[]): readonly PlacedObject[] {
  return documents.flatMap((json, document) => [...placedIn(json, { document, at: [] })])
}

function* placedIn(json: Json, place: ObjectPlace): Generator<PlacedObject> {
  if (
    isObject(json) &&
    typeof json['kind'] === 'string' &&
    json['kind'].endsWith('List') &&
    isArray(json['items'])
  ) {
    for (const [i, item] of json['items'].entries()) {
      yield* placedIn(item, { ...place, at: [...place.at, 'items', i] })
    }
    return
  }
  const candidate: unknown = json
  if (isKubeObject(candidate)) yield { place, object: candidate }
}

/** The objects of a renderer's output. RenderFailed when it is no YAML. */
export function parsedObjects(yaml: string, source: string): readonly KubeObject[] {
  const parsed = parseManifestText(yaml)
  if (isUnparsable(parsed)) throw new OperatorError('RenderFailed', parsed.error, { object: source })
  return parsed.documents.map(({ json }): unknown => json).filter(isKubeObject)
}

/**
 * The same object for group, kind, name and namespace; versions may differ. Without a namespace it has the given one.
 * Generated data may be named without its hash.
 */
export function isTarget(object: KubeObject, target: TargetRef, namespace: string | undefined): boolean {
  return (
    object.kind === target.kind &&
    isNamed(object, target.name) &&
    groupOf(object.apiVersion) === groupOf(target.apiVersion) &&
    (object.metadata.namespace ?? namespace) === target.namespace
  )
}

function isNamed({ kind, metadata }: KubeObject, name: string): boolean {
  return (
    metadata.name === name ||
    ((kind === 'ConfigMap' || kind === 'Secret') && withoutHash(metadata.name) === name)
  )
}

/** The object as it will stand in the cluster: with the namespace that its path gives it. */
export function withNamespace(object: KubeObject, namespace: string | undefined): KubeObject {
  if (!namespace || object.metadata.namespace !== undefined) return object
  return { ...object, metadata: { ...object.metadata, namespace } }
}

/** `Deployment shop/web`, for people and as a key within one render. */
export function identityOf(object: KubeObject): string {
  const group = groupOf(object.apiVersion)
  const { namespace, name } = object.metadata
  return `${object.kind}${group === '' ? '' : `.${group}`} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}
