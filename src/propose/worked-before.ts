import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { equalJson, isObject, type JsonObject } from '#src/domain/json.ts'
import { type KubeObject, member } from '#src/domain/kube-object.ts'
import { milliseconds } from '#src/domain/time.ts'
import { type ContainerRef, containerOf, containerStatusOf, objectsIn } from './container-view.ts'

/* The kubelet's crash back-off: ten seconds, doubled, at most five minutes; forgotten after ten minutes of running. */
const FIRST_BACKOFF = 10_000
const MAX_BACKOFF = 300_000
const HEALTHY_RUN = 600_000

/**
 * Says why the present container is known to have worked, so that its last change cannot be what broke it; undefined
 * where nothing shows it. Being ready for a moment shows nothing: a container without a readiness probe is ready
 * whenever it runs, also between two crashes. Three things do:
 * - a pod with the same image, command and arguments has been ready for ten minutes longer than this one crashes;
 * - the present ReplicaSet is much older than every pod of it that fails: others ran its template before;
 * - a crashing pod is so old for its few restarts that one of its runs lasted ten minutes, after which the kubelet
 *   itself forgets the back-off.
 */
export function workedBefore(
  snapshot: WorkloadSnapshot,
  ref: ContainerRef,
  present: JsonObject | undefined,
): string | undefined {
  const same = snapshot.pods.filter((pod) => {
    const container = containerOf(pod, ref)
    const alike = ['image', 'command', 'args'].every((field) =>
      equalJson(container?.[field], present?.[field]),
    )
    return alike && !isOfOtherTemplate(snapshot, pod, ref)
  })
  const crashes = same.flatMap((pod) => lastCrash(pod, ref) ?? [])
  const lastCrashAt = Math.max(...crashes.map(({ at }) => at))
  for (const pod of same) {
    const since = readySince(pod)
    if (since !== undefined && lastCrashAt - since >= HEALTHY_RUN) {
      return `pod ${pod.metadata.name} has been ready with the same container for over ten minutes`
    }
  }
  const older = olderReplicaSet(snapshot)
  if (older !== undefined) return older
  const old = crashes.find(({ pod, at, restarts }) => {
    const started = milliseconds(member(podStatus(pod), 'startTime'))
    return started !== undefined && at - started > longestWithoutHealthyRun(restarts)
  })
  return old && `pod ${old.pod.metadata.name} ran it for over ten minutes before it began to crash`
}

/* Pods may have what admission put into them; their ReplicaSets tell what the templates say. */
function isOfOtherTemplate({ replicaSets }: WorkloadSnapshot, pod: KubeObject, ref: ContainerRef): boolean {
  const [present] = replicaSets
  const own = replicaSets.find(({ metadata }) => isControlledBy(pod, metadata.name))
  if (present === undefined || own === undefined) return false
  const [now, then] = [containerOf(present, ref), containerOf(own, ref)]
  return ['env', 'envFrom', 'workingDir'].some((field) => !equalJson(now?.[field], then?.[field]))
}

function isControlledBy(pod: KubeObject, name: string | undefined): boolean {
  return (
    pod.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.name === name) === true
  )
}

/** A ReplicaSet so much older than its pods had others before them. */
const EARLIER_PODS = 3_600_000

/** Says that the present ReplicaSet had pods long before those that there are now; undefined where it had not. */
export function olderReplicaSet({ workload, replicaSets, pods }: WorkloadSnapshot): string | undefined {
  const [present] = workload.kind === 'Deployment' ? replicaSets : []
  const made = milliseconds(present?.metadata.creationTimestamp)
  const own = pods.filter((pod) => isControlledBy(pod, present?.metadata.name))
  const oldest = Math.min(
    ...own.map(({ metadata }) => milliseconds(metadata.creationTimestamp) ?? Number.NaN),
  )
  if (present === undefined || made === undefined || !(oldest - made > EARLIER_PODS)) return undefined
  const hours = Math.floor((oldest - made) / EARLIER_PODS)
  return `ReplicaSet ${present.metadata.name} has had the same template for ${hours} h longer than its present pods`
}

interface Crash {
  readonly pod: KubeObject
  /** When the last run ended, milliseconds since the epoch. */
  readonly at: number
  readonly restarts: number
}

function lastCrash(pod: KubeObject, ref: ContainerRef): Crash | undefined {
  const status = containerStatusOf(pod, ref)
  const restarts = status?.['restartCount']
  const at = ['state', 'lastState']
    .map((state) => milliseconds(member(member(status?.[state], 'terminated'), 'finishedAt')))
    .find((time) => time !== undefined)
  return at === undefined ? undefined : { pod, at, restarts: typeof restarts === 'number' ? restarts : 0 }
}

/* So many restarts, every run just short of a healthy one, every back-off waited for in full. */
function longestWithoutHealthyRun(restarts: number): number {
  let total = HEALTHY_RUN
  for (let restart = 0; restart < Math.min(restarts, 10_000); restart++) {
    total += HEALTHY_RUN + Math.min(FIRST_BACKOFF * 2 ** restart, MAX_BACKOFF)
  }
  return total
}

function readySince(pod: KubeObject): number | undefined {
  const ready = objectsIn(podStatus(pod), 'conditions').find(
    ({ type, status }) => type === 'Ready' && status === 'True',
  )
  return milliseconds(ready?.['lastTransitionTime'])
}

function podStatus(pod: KubeObject): JsonObject | undefined {
  const status = pod['status']
  return isObject(status) ? status : undefined
}
