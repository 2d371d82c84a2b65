import { at, type ClusterState } from '#src/domain/cluster-state.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { isArray, isObject, type JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { describeTarget, isWorkloadKind, podSpecPath, targetOf } from '#src/domain/target.ts'
import { SECOND, type Sighting, says, sighting } from './check.ts'
import { missingThing } from './containers.ts'
import { type EventFacts, eventsAbout } from './events.ts'
import { createdAt, presentPodsIn, workloadsIn } from './owners.ts'

/* pkg/volume/util/operationexecutor, pkg/volume/configmap and secret: the kubelet's words. */
const SETUP = /^MountVolume\.SetUp failed for volume "([-a-z0-9.]+)" ?: (.*)$/s
const NO_KEY = /references non-existent (?:config|secret) key: ([-._a-zA-Z0-9]+)/

/** Pods that wait in ContainerCreating because a volume of theirs refers to configuration that does not exist. */
export function mountFaults(state: ClusterState): readonly Sighting[] {
  return workloadsIn(state).flatMap((workload) =>
    presentPodsIn(state, workload)
      .filter((pod) => at(pod, 'status', 'phase') === 'Pending')
      .flatMap((pod) => {
        const event = eventsAbout(state, pod, 'FailedMount').find(({ message }) => SETUP.test(message))
        return event === undefined ? [] : [mountFault(workload, pod, event)]
      }),
  )
}

function mountFault(workload: KubeObject, pod: KubeObject, event: EventFacts): Sighting {
  const target = targetOf(workload)
  const [, name = '', said = ''] = SETUP.exec(event.message) ?? []
  const volume = volumesOf(pod).find((it) => it['name'] === name)
  const mounting = containersIn(pod).find((container) =>
    listOf(container['volumeMounts']).some((mount) => mount['name'] === name),
  )
  const field = isWorkloadKind(workload.kind)
    ? formatFieldPath([...podSpecPath(workload.kind), { member: 'volumes' }, { by: 'name', is: name }])
    : ''
  const message = messageOf(said, volume, pod.metadata.namespace ?? '')
  return sighting({
    reason: 'FailedMount',
    target,
    container: typeof mounting?.['name'] === 'string' ? mounting['name'] : '',
    settleMs: 30 * SECOND,
    sentence: `Pods of ${describeTarget(target)} cannot start: volume ${name} cannot be mounted.`,
    fields: [field],
    message,
    evidence: [says(pod, event.message)],
    since: createdAt(pod) || event.first,
    cause: missingThing(message, target.namespace) ?? `${describeTarget(target)} volume ${name}`,
  })
}

/* A missing key is told without its ConfigMap; the pod's own volume says which. */
function messageOf(said: string, volume: JsonObject | undefined, namespace: string): string {
  const key = NO_KEY.exec(said)?.[1]
  const configMap = at(volume, 'configMap', 'name')
  const secret = at(volume, 'secret', 'secretName')
  if (key === undefined) return said
  if (typeof configMap === 'string') return `couldn't find key ${key} in ConfigMap ${namespace}/${configMap}`
  return typeof secret === 'string' ? `couldn't find key ${key} in Secret ${namespace}/${secret}` : said
}

function volumesOf(pod: KubeObject): readonly JsonObject[] {
  return listOf(at(pod, 'spec', 'volumes'))
}

function containersIn(pod: KubeObject): readonly JsonObject[] {
  return listOf(at(pod, 'spec', 'containers'))
}

function listOf(value: unknown): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : []
}
