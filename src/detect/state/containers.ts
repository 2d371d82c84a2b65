import { findingsOf, type PodFinding } from '#src/detect/checks.ts'
import {
  type ContainerSketch,
  type PodSketch,
  projectPod,
  type Termination,
} from '#src/detect/project-pod.ts'
import { at, type ClusterState } from '#src/domain/cluster-state.ts'
import { REASON_FAMILY, type Reason } from '#src/domain/fault.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { containerPath, describeTarget, isWorkloadKind, targetOf } from '#src/domain/target.ts'
import { SECOND, type Sighting, says, sighting } from './check.ts'
import { type EventFacts, eventsAbout } from './events.ts'
import { createdAt, isBehind, presentPodsIn, workloadsIn } from './owners.ts'

/** A container that runs between two restarts shows a crash loop only after so many of them. */
const RESTARTS = 3
const STABLE_MS = 600 * SECOND
const MOUNT_TROUBLE =
  /error mounting|failed to prepare subpath|mount (?:a directory onto a file|source path|destination)/i
const RUNTIME_ENDS: ReadonlySet<string> = new Set(['StartError', 'ContainerCannotRun', 'RunContainerError'])
const ROOT_TROUBLE = /runAsNonRoot|will run as root|non-numeric user/

/**
 * Containers that cannot start or keep ending, on the pods of each workload's present template: images, configuration,
 * start, crash loops, memory. Failed probes are told from crashes by the kubelet's events.
 */
export function containerFaults(state: ClusterState, now: number): readonly Sighting[] {
  return workloadsIn(state)
    .filter((workload) => !isBehind(workload))
    .flatMap((workload) =>
      presentPodsIn(state, workload).flatMap((pod) => podFaults(state, workload, pod, now)),
    )
}

function podFaults(
  state: ClusterState,
  workload: KubeObject,
  pod: KubeObject,
  now: number,
): readonly Sighting[] {
  const sketch = projectPod(pod)
  const events = eventsAbout(state, pod)
  const stated = findingsOf(sketch, now, { stableForMs: STABLE_MS })
  return sketch.containers.flatMap((container) => {
    const finding = stated.find(
      ({ container: name, role }) => name === container.name && role === container.role,
    )
    const seen = classify(state, sketch, container, finding, events)
    if (seen === undefined || !isWorkloadKind(workload.kind)) return []
    const { reason, message } = seen
    const target = targetOf(workload)
    const path = formatFieldPath(containerPath(workload.kind, container.role, container.name))
    const field = FIELD[REASON_FAMILY[reason]]
    return [
      sighting({
        reason,
        target,
        role: container.role,
        container: container.name,
        settleMs: 30 * SECOND,
        sentence: `Container ${container.name} of ${describeTarget(target)}: ${SENTENCE[reason] ?? 'it fails'}${endOf(container)}.`,
        fields: [field === undefined ? path : `${path}.${field}`],
        message,
        evidence: [
          says(pod, `${reason}${container.restartCount > 0 ? `, ${container.restartCount} restarts` : ''}`),
        ],
        since: createdAt(pod) || undefined,
        cause:
          (REASON_FAMILY[reason] === 'config' ? missingThing(message, target.namespace) : undefined) ??
          `${describeTarget(target)} ${container.role} ${container.name} ${REASON_FAMILY[reason]}`,
      }),
    ]
  })
}

/** What the kubelet misses, as the cause that it is behind every pod that misses it. */
export function missingThing(message: string, namespace: string): string | undefined {
  const key = /^couldn't find key ([-._a-zA-Z0-9]+) in (ConfigMap|Secret) ([-a-z0-9]+\/[-.a-z0-9]+)$/.exec(
    message,
  )
  if (key !== null) return `key ${key[1]} of ${key[2]} ${key[3]}`
  const [, kind, name] = /\b(configmap|secret)s? "([-.a-z0-9]+)" not found/i.exec(message) ?? []
  return kind === undefined ? undefined : `${kind.toLowerCase()} ${namespace}/${name}`
}

const FIELD: Readonly<Partial<Record<string, string>>> = {
  image: 'image',
  memory: 'resources.limits.memory',
  security: 'securityContext',
  mount: 'volumeMounts',
}

const SENTENCE: Readonly<Partial<Record<Reason, string>>> = {
  InvalidImageName: 'its image name cannot be parsed',
  ErrImagePull: 'its image cannot be pulled',
  ImagePullBackOff: 'its image cannot be pulled',
  ErrImageNeverPull: 'its image is not on the node, and its pull policy forbids to pull it',
  ImageInspectError: 'the runtime cannot inspect its image',
  ExecFormatError: 'its image is built for another architecture than the node has',
  CreateContainerConfigError: 'a ConfigMap, Secret or key that it needs does not exist',
  RunAsRootRefused: 'it must not run as root, and its image does',
  ContainerMountFailed: 'one of its mounts cannot be made',
  CreateContainerError: 'the runtime cannot create it',
  RunContainerError: 'it cannot be started',
  CrashLoopBackOff: 'it keeps ending',
  OOMKilled: 'it is killed because it uses more memory than its limit',
}

function endOf({ last }: ContainerSketch): string {
  return last === undefined
    ? ''
    : ` (last end: ${/^\w*$/.test(last.reason) ? last.reason : 'ended'}, exit code ${last.exitCode})`
}

function classify(
  state: ClusterState,
  pod: PodSketch,
  container: ContainerSketch,
  finding: PodFinding | undefined,
  events: readonly EventFacts[],
): { readonly reason: Reason; readonly message: string } | undefined {
  if (pod.deleting || pod.phase === 'Succeeded' || pod.phase === 'Failed') return undefined
  const waiting = container.state.kind === 'waiting' ? container.state : undefined
  if (waiting?.reason === 'ErrImageNeverPull' || waiting?.reason === 'ImageInspectError') {
    return { reason: waiting.reason, message: waiting.message }
  }
  if (finding === undefined) return undefined
  const begins = finding.basis === 'stated' || container.restartCount >= RESTARTS
  if (!begins) return undefined
  const { reason, message } = finding
  const family = REASON_FAMILY[reason]
  if (family === 'image') return { reason, message: pullMessage(message, events) }
  if (family === 'config')
    return { reason: ROOT_TROUBLE.test(message) ? 'RunAsRootRefused' : reason, message }
  const ends = endings(container)
  if (ends.some(({ reason: why }) => why === 'OOMKilled')) return { reason: 'OOMKilled', message }
  if (isProbeKill(container, events)) return undefined
  // The runtime's own words; those of a container that ran are its own.
  const texts = [
    waiting?.message ?? '',
    ...ends.filter(({ reason: why }) => RUNTIME_ENDS.has(why)).map((end) => end.message),
  ]
  if (texts.some((text) => MOUNT_TROUBLE.test(text))) return { reason: 'ContainerMountFailed', message }
  if ([...texts, ...lastWords(state, pod, container)].some((text) => /exec format error/.test(text))) {
    return { reason: 'ExecFormatError', message }
  }
  return { reason, message }
}

/** The kubelet ended it because a probe failed: that is the probe's fault, found with the probes. */
export function isProbeKill(container: ContainerSketch, events: readonly EventFacts[]): boolean {
  const signalled = endings(container).some(({ exitCode }) => exitCode === 137 || exitCode === 143)
  const unhealthy = events.some(
    ({ reason, message }) => reason === 'Unhealthy' && /^(?:Liveness|Startup) probe failed/.test(message),
  )
  if (signalled && unhealthy) return true
  return events.some(
    ({ reason, message }) =>
      reason === 'Killing' &&
      message.startsWith(`Container ${container.name} failed `) &&
      /failed (liveness|startup) probe/.test(message),
  )
}

function endings({ state, last }: ContainerSketch): readonly Termination[] {
  return [...(state.kind === 'terminated' ? [state.termination] : []), ...(last === undefined ? [] : [last])]
}

/* The back-off's message often says less than the event of the failed pull. */
function pullMessage(message: string, events: readonly EventFacts[]): string {
  const pull = events.find(
    ({ reason, message: text }) => reason === 'Failed' && text.startsWith('Failed to pull image'),
  )
  return pull === undefined || message.includes('failed to') ? message : `${message} ${pull.message}`
}

function lastWords({ logs }: ClusterState, pod: PodSketch, container: ContainerSketch): readonly string[] {
  const log = logs.find(
    (it) => it.namespace === pod.namespace && it.pod === pod.name && it.container === container.name,
  )
  return [log?.previous, log?.current].flatMap((text) =>
    text === undefined
      ? []
      : text
          .trimEnd()
          .split('\n')
          .slice(-3)
          .filter((line) => line.length < 300),
  )
}

/** Pods that the kubelet evicted because they used more storage than they may. Evictions for a node's own need are not theirs. */
export function evictions(state: ClusterState): readonly Sighting[] {
  return workloadsIn(state).flatMap((workload) =>
    presentPodsIn(state, workload).flatMap((pod) => {
      const reason = at(pod, 'status', 'reason')
      const message = at(pod, 'status', 'message')
      if (reason !== 'Evicted' || typeof message !== 'string') return []
      if (
        !/exceeds the (?:total )?(?:local ephemeral storage )?limit|exceeded its local ephemeral storage limit/i.test(
          message,
        )
      ) {
        return []
      }
      const target = targetOf(workload)
      return [
        sighting({
          reason: 'Evicted',
          target,
          settleMs: 0,
          sentence: `Pods of ${describeTarget(target)} are evicted: they use more storage than their limit.`,
          message,
          evidence: [says(pod, message)],
          since: createdAt(pod) || undefined,
          cause: `${describeTarget(target)} evicted`,
        }),
      ]
    }),
  )
}
