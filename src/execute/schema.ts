import { isObject, type Json, type JsonObject } from '#src/domain/json.ts'

/**
 * How the API server merges the lists and maps of the kinds that are repaired (x-kubernetes-list-type, -list-map-keys
 * and -map-type). Below `spec`, a member's name alone decides; a test compares this table with the OpenAPI of a
 * real API server. Every list not named here is atomic: it has one owner and is replaced as a whole.
 */
const LIST_MAP_KEYS: Readonly<Record<string, readonly string[]>> = {
  claims: ['name'],
  containers: ['name'],
  env: ['name'],
  ephemeralContainers: ['name'],
  hostAliases: ['ip'],
  imagePullSecrets: ['name'],
  initContainers: ['name'],
  ports: ['containerPort', 'protocol'],
  resourceClaims: ['name'],
  schedulingGates: ['name'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  volumeDevices: ['devicePath'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
}

const SERVICE_PORT_KEYS = ['port', 'protocol'] as const

const ATOMIC_MAPS: ReadonlySet<string> = new Set([
  'configMapKeyRef',
  'dataSource',
  'fieldRef',
  'fileKeyRef',
  'labelSelector',
  'nodePublishSecretRef',
  'nodeSelector',
  'port',
  'requiredDuringSchedulingIgnoredDuringExecution',
  'resource',
  'resourceFieldRef',
  'secretKeyRef',
  'secretRef',
  'selector',
])

/** Key members that the API server fills in. */
const DEFAULT_KEYS: Readonly<Record<string, Json>> = { protocol: 'TCP' }

/** An item tells whose list it is in where kinds use one name for two. */
export function listMapKeys(list: string, item: JsonObject = {}): readonly string[] | undefined {
  if (list === 'ports' && item['port'] !== undefined && item['containerPort'] === undefined)
    return SERVICE_PORT_KEYS
  return Object.hasOwn(LIST_MAP_KEYS, list) ? LIST_MAP_KEYS[list] : undefined
}

export function isAtomicMap(member: string): boolean {
  return ATOMIC_MAPS.has(member)
}

/** The identity of an item of a list map; undefined where a key is missing that has no default. */
export function itemKeys(list: string, item: Json | undefined): JsonObject | undefined {
  if (!isObject(item)) return undefined
  const names = listMapKeys(list, item)
  if (names === undefined) return undefined
  const keys: Record<string, Json> = {}
  for (const name of names) {
    const value = item[name] ?? DEFAULT_KEYS[name]
    if (value === undefined) return undefined
    keys[name] = value
  }
  return keys
}
