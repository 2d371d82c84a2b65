import { projectPod } from '#src/detect/project-pod.ts'
import { at, type ClusterState } from '#src/domain/cluster-state.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { isObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { containerPath, containersOf, describeTarget, isWorkloadKind, targetOf } from '#src/domain/target.ts'
import { SECOND, type Sighting, says, sighting } from './check.ts'
import { isProbeKill } from './containers.ts'
import { type EventFacts, eventsAbout } from './events.ts'
import { createdAt, isBehind, isReadyPod, presentPodsIn, workloadsIn } from './owners.ts'
import { list } from './pod-template.ts'

export type ProbeName = 'readinessProbe' | 'livenessProbe' | 'startupProbe'

const UNHEALTHY = /^(Readiness|Liveness|Startup) probe (?:failed|errored)/
/** A probe that failed so rarely is a start that takes its time. */
const FAILURES = 3
const LASTING = 30 * SECOND
/** An event so old tells of something that has ended. */
const RECENT = 900 * SECOND

/** Containers that run and whose probes fail, on pods of the present template: not ready, or restarted by the kubelet. */
export function probeFaults(state: ClusterState, now: number): readonly Sighting[] {
  return workloadsIn(state)
    .filter((workload) => !isBehind(workload))
    .flatMap((workload) =>
      presentPodsIn(state, workload).flatMap((pod) => probeFault(state, workload, pod, now)),
    )
}

function probeFault(
  state: ClusterState,
  workload: KubeObject,
  pod: KubeObject,
  now: number,
): readonly Sighting[] {
  const { kind } = workload
  const sketch = projectPod(pod)
  if (!isWorkloadKind(kind) || sketch.deleting || sketch.phase !== 'Running') return []
  const events = eventsAbout(state, pod)
  const found = failing(events, now)
  if (found === undefined) return []
  const { event, probe } = found
  const killed = sketch.containers.find((container) => isProbeKill(container, events))
  if (killed === undefined && isReadyPod(pod)) return []
  const probed = containersOf(workload).filter(({ container }) => isObject(container[probe]))
  const unready = unreadyNames(pod)
  const [place, ...others] = probed.filter(({ container }) =>
    killed === undefined ? unready.includes(String(container['name'])) : container['name'] === killed.name,
  )
  if (place === undefined || others.length > 0) return []
  const name = String(place.container['name'])
  const target = targetOf(workload)
  const path = formatFieldPath(containerPath(kind, place.role, name))
  return [
    sighting({
      reason: 'ProbeFailed',
      target,
      role: place.role,
      container: name,
      settleMs: 60 * SECOND,
      sentence: `Container ${name} of ${describeTarget(target)} runs, and its ${WORD[probe]} fails.`,
      fields: [`${path}.${probe}`],
      message: event.message,
      evidence: [says(pod, event.message)],
      since: createdAt(pod) || event.first,
      cause: `${describeTarget(target)} ${place.role} ${name} ${probe}`,
    }),
  ]
}

const WORD: Readonly<Record<ProbeName, string>> = {
  readinessProbe: 'readiness probe',
  livenessProbe: 'liveness probe',
  startupProbe: 'startup probe',
}

/* The startup probe comes first: the others wait for it; then the one that restarts. */
const ORDER = ['Startup', 'Liveness', 'Readiness'] as const

function failing(events: readonly EventFacts[], now: number) {
  const unhealthy = events.filter(
    (event) =>
      event.reason === 'Unhealthy' &&
      (event.count >= FAILURES || (event.last ?? 0) - (event.first ?? 0) >= LASTING) &&
      now - (event.last ?? now) <= RECENT,
  )
  for (const word of ORDER) {
    const event = unhealthy.find(({ message }) => UNHEALTHY.exec(message)?.[1] === word)
    if (event !== undefined) return { event, probe: `${word.toLowerCase()}Probe` as ProbeName }
  }
  return undefined
}

/* Containers that run and are not ready: of several probed ones that one is meant. */
function unreadyNames(pod: KubeObject): readonly string[] {
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((key) =>
    list(at(pod, 'status', key)),
  )
  return statuses
    .filter((status) => status['ready'] !== true && at(status, 'state', 'running') !== undefined)
    .map((status) => String(status['name']))
}
