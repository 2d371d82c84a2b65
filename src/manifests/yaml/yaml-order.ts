import { type Document, isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml'
import type { JsonPlace } from './json-operations.ts'
import { isMergePair, keyText } from './yaml-json.ts'

/** Fields of the objects' and kustomizations' top level. */
const OBJECT = [
  ...['apiVersion', 'kind', 'metadata', 'type', 'immutable', 'namespace', 'namePrefix', 'nameSuffix'],
  ...['resources', 'bases', 'components', 'crds', 'labels', 'commonLabels', 'commonAnnotations'],
  ...['generators', 'configMapGenerator', 'secretGenerator', 'generatorOptions', 'helmCharts'],
  ...['transformers', 'patches', 'patchesStrategicMerge', 'patchesJson6902', 'images', 'replicas'],
  ...['replacements', 'vars', 'spec', 'data', 'binaryData', 'stringData', 'status'],
]
/** `spec` of workloads, then of pods; they share no field. */
const SPEC = [
  ...['type', 'clusterIP', 'schedule', 'timeZone', 'concurrencyPolicy', 'suspend', 'startingDeadlineSeconds'],
  ...['successfulJobsHistoryLimit', 'failedJobsHistoryLimit', 'parallelism', 'completions'],
  ...['completionMode', 'backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished'],
  ...['replicas', 'minReadySeconds', 'progressDeadlineSeconds', 'revisionHistoryLimit', 'serviceName'],
  ...['podManagementPolicy', 'selector', 'ports', 'strategy', 'updateStrategy', 'jobTemplate', 'template'],
  ...['volumeClaimTemplates', 'hostNetwork', 'serviceAccountName', 'automountServiceAccountToken'],
  ...['imagePullSecrets', 'priorityClassName', 'runtimeClassName', 'securityContext', 'initContainers'],
  ...['containers', 'ephemeralContainers', 'restartPolicy', 'terminationGracePeriodSeconds', 'dnsPolicy'],
  ...['nodeSelector', 'affinity', 'tolerations', 'topologySpreadConstraints', 'volumes'],
]
const CONTAINER = [
  ...['name', 'image', 'imagePullPolicy', 'command', 'args', 'workingDir', 'ports', 'envFrom', 'env'],
  ...['resources', 'startupProbe', 'livenessProbe', 'readinessProbe', 'lifecycle', 'volumeMounts'],
  ...['volumeDevices', 'securityContext'],
]
const PROBE = [
  ...['exec', 'httpGet', 'tcpSocket', 'grpc', 'initialDelaySeconds', 'periodSeconds', 'timeoutSeconds'],
  ...['successThreshold', 'failureThreshold'],
]
const QUANTITIES = ['cpu', 'memory', 'ephemeral-storage']

/** Tell a kustomization that does not name its kind from a file of values. */
const KUSTOMIZATION = new Set([
  'patches',
  'configMapGenerator',
  'secretGenerator',
  'components',
  'namePrefix',
])

/** The order in which people write the members of a map, by the key that the map (or the list it is in) stands under. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  '': OBJECT,
  metadata: ['name', 'generateName', 'namespace', 'labels', 'annotations', 'ownerReferences', 'finalizers'],
  spec: SPEC,
  containers: CONTAINER,
  initContainers: CONTAINER,
  ephemeralContainers: CONTAINER,
  env: ['name', 'value', 'valueFrom'],
  ports: ['name', 'port', 'containerPort', 'targetPort', 'hostPort', 'nodePort', 'protocol'],
  volumeMounts: ['name', 'mountPath', 'subPath', 'readOnly'],
  resources: ['requests', 'limits'],
  requests: QUANTITIES,
  limits: QUANTITIES,
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  startupProbe: PROBE,
  httpGet: ['path', 'port', 'host', 'scheme'],
  configMapKeyRef: ['name', 'key', 'optional'],
  secretKeyRef: ['name', 'key', 'optional'],
  image: ['registry', 'repository', 'tag', 'digest', 'pullPolicy', 'pullSecrets'],
  images: ['name', 'newName', 'newTag', 'digest'],
  patches: ['path', 'patch', 'target'],
}

/**
 * How many of a map's pairs come before a new key. The order of the map's peers in the document comes first, then the
 * usual one, then the alphabet where the map follows it, else the end. Never before a merge key, which would win there.
 */
export function positionOf(map: YAMLMap, key: string, at: JsonPlace, document: Document): number {
  const pairs = map.items as Pair[]
  const keys = pairs.map(nameOf)
  const lowest = pairs.findLastIndex(isMergePair) + 1
  const under = nameAbove(at)
  const isObject = keys.includes('kind') || keys.includes('apiVersion')
  const isOther = under === '' && !isObject && !keys.some((each) => KUSTOMIZATION.has(each))
  const usual = isOther ? [] : (USUAL[under] ?? [])
  const position =
    (isUsual(keys, usual) ? byOrder(keys, key, usual) : undefined) ??
    (isSorted(keys) && !isObject ? sortedPosition(keys, key) : undefined) ??
    byOrder(keys, key, usual) ??
    keys.length
  return Math.max(lowest, byPeers(document, map, under, keys, key) ?? position)
}

function nameOf(pair: Pair): string {
  return isScalar(pair.key) && !isMergePair(pair) ? keyText(pair.key.value) : ''
}

/** The key that a map stands under, whether or not in a list; an empty one for a whole object. */
function nameAbove(at: JsonPlace): string {
  const names = at.filter((segment) => typeof segment === 'string')
  const name = names.at(-1) ?? ''
  // The items of a List are objects.
  return names.length === 1 && name === 'items' ? '' : name
}

/** Behind the last key that comes before it in an order, or before the first that comes behind it. */
function byOrder(keys: readonly string[], key: string, order: readonly string[]): number | undefined {
  const rank = order.indexOf(key)
  if (rank < 0) return undefined
  const ranks = keys.map((each) => order.indexOf(each))
  const before = ranks.findLastIndex((other) => other >= 0 && other < rank)
  if (before >= 0) return before + 1
  const behind = ranks.findIndex((other) => other > rank)
  return behind < 0 ? undefined : behind
}

function isUsual(keys: readonly string[], order: readonly string[]): boolean {
  const ranks = keys.map((key) => order.indexOf(key)).filter((rank) => rank >= 0)
  return ranks.every((rank, i) => i === 0 || rank > (ranks[i - 1] ?? -1))
}

function isSorted(keys: readonly string[]): boolean {
  return keys.length >= 4 && keys.every((key, i) => i === 0 || (keys[i - 1] ?? '') < key)
}

function sortedPosition(keys: readonly string[], key: string): number {
  const behind = keys.findIndex((each) => each > key)
  return behind < 0 ? keys.length : behind
}

/** The place that maps under the same key give it: behind the nearest neighbour that is here too. */
function byPeers(
  document: Document,
  map: YAMLMap,
  under: string,
  keys: readonly string[],
  key: string,
): number | undefined {
  if (under === '') return undefined
  for (const peer of peersOf(document, under)) {
    if (peer === map) continue
    const names = (peer.items as Pair[]).map(nameOf)
    const own = names.indexOf(key)
    if (own < 0) continue
    const before = names.slice(0, own).findLast((each) => each !== '' && keys.includes(each))
    if (before !== undefined) return keys.indexOf(before) + 1
    const behind = names.slice(own + 1).find((each) => each !== '' && keys.includes(each))
    if (behind !== undefined) return keys.indexOf(behind)
  }
  return undefined
}

/** Maps that stand under a key, or in a list under it; the two halves of `resources` count as one. */
function peersOf(document: Document, under: string): readonly YAMLMap[] {
  const wanted = under === 'limits' || under === 'requests' ? ['limits', 'requests'] : [under]
  const found: YAMLMap[] = []
  const visit = (node: unknown, name: string): void => {
    if (isMap(node)) {
      if (wanted.includes(name)) found.push(node)
      for (const pair of node.items as Pair[]) visit(pair.value, nameOf(pair))
    } else if (isSeq(node)) {
      for (const item of node.items) visit(item, name)
    }
  }
  visit(document.contents, '')
  return found
}
