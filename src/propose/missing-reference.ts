import type { Fault } from '#src/domain/fault.ts'
import { type FieldPath, valueAt } from '#src/domain/field-path.ts'
import { isObject, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { containerPath, isWorkloadKind, podSpecPath } from '#src/domain/target.ts'
import { type ContainerRef, objectsIn } from './container-view.ts'
import { type Nearest, nearestName } from './nearest-name.ts'
import type { Incident, KnownReference } from './proposer.ts'

/** What the kubelet could not find: a whole object, or one key of it. */
export interface MissingReference {
  readonly kind: KnownReference['kind']
  readonly name: string
  readonly key: string | undefined
}

/*
 * The kubelet's words (pkg/kubelet/kubelet_pods.go makeEnvironmentVariables): `couldn't find key K in ConfigMap NS/NAME`
 * of its own; `configmap "NAME" not found` from its cache, `configmaps "NAME" not found` from the API server.
 */
const MISSING_KEY = /\bcouldn't find key ([-._a-zA-Z0-9]+) in (ConfigMap|Secret) ([-a-z0-9]+)\/([-.a-z0-9]+)/i
const MISSING_OBJECT = /\b(configmap|secret)s? "([-.a-z0-9]+)" not found/i

/** Reads the kubelet's message; undefined for every other reason why a container cannot be configured. */
export function missingReference(message: string, namespace: string): MissingReference | undefined {
  const key = MISSING_KEY.exec(message)
  if (key) {
    const [, missing, kind = '', inNamespace, name = ''] = key
    return inNamespace === namespace ? { kind: kindOf(kind), name, key: missing } : undefined
  }
  const [, kind, name] = MISSING_OBJECT.exec(message) ?? []
  return kind !== undefined && name !== undefined ? { kind: kindOf(kind), name, key: undefined } : undefined
}

/** The name or key that exists and that the missing one is a slip of. */
export function nearestExisting(
  incident: Pick<Incident, 'references' | 'target'>,
  missing: MissingReference,
): Nearest {
  const ofKind = incident.references.filter(({ kind }) => kind === missing.kind)
  const candidates = missing.key === undefined ? ofKind.map(({ name }) => name) : keysOf(ofKind, missing.name)
  return nearestName(
    missing.key ?? missing.name,
    candidates,
    `${incident.target.name}-${incident.target.namespace}`,
  )
}

/** Every key known of an object of that name. */
export function keysOf(references: readonly KnownReference[], name: string): readonly string[] {
  return references.filter((reference) => reference.name === name).flatMap(({ keys }) => keys)
}

/** True when Git declares what the kubelet misses: then it is not misspelt, only not applied. */
export function isDeclaredInGit(incident: Pick<Incident, 'references'>, missing: MissingReference): boolean {
  return incident.references.some(
    ({ kind, name, keys, seenIn }) =>
      seenIn === 'git' &&
      kind === missing.kind &&
      name === missing.name &&
      (missing.key === undefined || keys.includes(missing.key)),
  )
}

/** One field that names a ConfigMap, a Secret or a key of one. */
export interface ReferencePlace {
  readonly path: FieldPath
  readonly kind: KnownReference['kind']
  readonly name: string
  /** The key beside the name, for `env`. */
  readonly key: string | undefined
}

/**
 * The fields of one container, and of the volumes of its pod, that use what is missing. Optional references are left
 * out: the kubelet never misses them.
 */
export function placesOf(
  workload: KubeObject,
  ref: ContainerRef,
  missing: MissingReference,
): readonly ReferencePlace[] {
  if (!isWorkloadKind(workload.kind)) return []
  const at = containerPath(workload.kind, ref.role, ref.container)
  const root = valueAt(asJson(workload), at)
  const spec = valueAt(asJson(workload), podSpecPath(workload.kind))
  const container = isObject(root) ? root : undefined
  const fromEnv = envPlaces(container, at, missing)
  if (missing.key !== undefined) {
    return [...fromEnv, ...itemPlaces(isObject(spec) ? spec : undefined, podSpecPath(workload.kind), missing)]
  }
  const fromVolumes = volumePlaces(isObject(spec) ? spec : undefined, podSpecPath(workload.kind), missing)
  return [...fromEnv, ...envFromPlaces(container, at, missing), ...fromVolumes]
}

/** The fields of a container alone that use what is missing, wherever it runs. */
export function placesIn(container: JsonObject, missing: MissingReference): readonly ReferencePlace[] {
  return [...envPlaces(container, [], missing), ...envFromPlaces(container, [], missing)]
}

/** The message of a fault and the family it must have, in one: only `config` faults miss references. */
export function missingReferenceOf(
  fault: Pick<Fault, 'family' | 'message'>,
  namespace: string,
): MissingReference | undefined {
  return fault.family === 'config' ? missingReference(fault.message, namespace) : undefined
}

function envPlaces(
  container: JsonObject | undefined,
  at: FieldPath,
  missing: MissingReference,
): readonly ReferencePlace[] {
  const source = missing.kind === 'ConfigMap' ? 'configMapKeyRef' : 'secretKeyRef'
  return objectsIn(container, 'env').flatMap(({ name, valueFrom }) => {
    const used = isObject(valueFrom) ? valueFrom[source] : undefined
    if (typeof name !== 'string' || !isObject(used) || !uses(used, 'name', missing)) return []
    const key = typeof used['key'] === 'string' ? used['key'] : undefined
    if (missing.key !== undefined && key !== missing.key) return []
    const field = [
      ...at,
      { member: 'env' },
      { by: 'name', is: name },
      { member: 'valueFrom' },
      { member: source },
    ]
    const leaf = { member: missing.key === undefined ? 'name' : 'key' }
    return [{ path: [...field, leaf], kind: missing.kind, name: missing.name, key }]
  })
}

function envFromPlaces(
  container: JsonObject | undefined,
  at: FieldPath,
  missing: MissingReference,
): readonly ReferencePlace[] {
  const source = missing.kind === 'ConfigMap' ? 'configMapRef' : 'secretRef'
  return objectsIn(container, 'envFrom').flatMap((item, index) => {
    if (!uses(item[source], 'name', missing)) return []
    const path = [...at, { member: 'envFrom' }, { index }, { member: source }, { member: 'name' }]
    return [{ path, kind: missing.kind, name: missing.name, key: undefined }]
  })
}

function volumePlaces(
  spec: JsonObject | undefined,
  at: FieldPath,
  missing: MissingReference,
): readonly ReferencePlace[] {
  const isConfigMap = missing.kind === 'ConfigMap'
  const source = isConfigMap ? 'configMap' : 'secret'
  const direct = isConfigMap ? 'name' : 'secretName'
  return objectsIn(spec, 'volumes').flatMap((volume) => {
    const { name, projected } = volume
    if (typeof name !== 'string') return []
    const here = [...at, { member: 'volumes' }, { by: 'name', is: name }]
    const paths: FieldPath[] = []
    if (uses(volume[source], direct, missing)) paths.push([...here, { member: source }, { member: direct }])
    for (const [index, item] of objectsIn(isObject(projected) ? projected : undefined, 'sources').entries()) {
      if (!uses(item[source], 'name', missing)) continue
      const list = [...here, { member: 'projected' }, { member: 'sources' }]
      paths.push([...list, { index }, { member: source }, { member: 'name' }])
    }
    return paths.map((path) => ({ path, kind: missing.kind, name: missing.name, key: undefined }))
  })
}

/* Volumes that mount chosen keys. */
function itemPlaces(
  spec: JsonObject | undefined,
  at: FieldPath,
  missing: MissingReference,
): readonly ReferencePlace[] {
  const [source, direct] = missing.kind === 'ConfigMap' ? ['configMap', 'name'] : ['secret', 'secretName']
  return objectsIn(spec, 'volumes').flatMap((volume) => {
    const used = volume[source]
    if (typeof volume['name'] !== 'string' || !isObject(used) || !uses(used, direct, missing)) return []
    const path = [...at, { member: 'volumes' }, { by: 'name', is: volume['name'] }, { member: source }]
    return objectsIn(used, 'items').flatMap((item, index) => {
      if (item['key'] !== missing.key) return []
      const place = [...path, { member: 'items' }, { index }, { member: 'key' }]
      return [{ path: place, kind: missing.kind, name: missing.name, key: missing.key }]
    })
  })
}

function uses(reference: unknown, member: string, missing: MissingReference): boolean {
  return isObject(reference) && reference[member] === missing.name && reference['optional'] !== true
}

function kindOf(word: string): KnownReference['kind'] {
  return word.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap'
}
