import { FAULT_FAMILY, type FaultReason, type Finding, isFaultReason } from '#src/domain/fault.ts'
import { backOffMs } from './back-off.ts'
import type { ContainerSketch, PodSketch, Termination } from './project-pod.ts'

/** One sentence per reason: what the kubelet means by it. */
export const REASON_SENTENCE = {
  InvalidImageName: 'The image name cannot be parsed.',
  ErrImagePull: 'The image could not be pulled.',
  ImagePullBackOff: 'The image could not be pulled; the kubelet waits before it tries again.',
  CreateContainerConfigError:
    'A ConfigMap, Secret, key or security setting that the container needs is missing.',
  CreateContainerError: 'The container runtime could not create the container.',
  RunContainerError: 'The container was created and could not be started.',
  CrashLoopBackOff: 'The container keeps ending; the kubelet waits before it starts it again.',
} as const satisfies Record<FaultReason, string>

/** A finding, and what it rests on. */
export interface PodFinding extends Finding {
  /**
   * `stated`: the kubelet says so now, by a waiting reason or by showing a container that failed again after a restart.
   * `between-restarts`: the container runs, and failed a short while ago: enough to go on with a fault already seen,
   * never enough to begin one (a single restart heals itself).
   */
  readonly basis: 'stated' | 'between-restarts'
  /** Milliseconds since the epoch when `between-restarts` is no longer true unless the container ends again. */
  readonly until?: number
}

export interface CheckOptions {
  readonly now: number
  /** How long a container must run without ending again before it counts as stable; the kubelet's back-off if longer. */
  readonly stableForMs: number
}

export type Check = (
  container: ContainerSketch,
  pod: PodSketch,
  options: CheckOptions,
) => PodFinding | undefined

/** In order: the first finding of a container is its finding. What the kubelet states comes before what we infer. */
export const CHECKS: readonly Check[] = [
  ...(Object.keys(REASON_SENTENCE) as FaultReason[]).map(waitingFor),
  failedAgain,
  betweenRestarts,
]

/**
 * What a pod shows, at most one finding per container, init containers first. Pods being deleted, finished pods and
 * pods that are merely starting show nothing.
 */
export function findingsOf(
  pod: PodSketch,
  now: number,
  options: { readonly stableForMs: number },
): readonly PodFinding[] {
  if (pod.deleting || pod.phase === 'Succeeded' || pod.phase === 'Failed') return []
  return pod.containers.flatMap((container) => {
    for (const check of CHECKS) {
      const finding = check(container, pod, { now, stableForMs: options.stableForMs })
      if (finding !== undefined) return [finding]
    }
    return []
  })
}

export function familyOf(finding: Finding): (typeof FAULT_FAMILY)[FaultReason] {
  return FAULT_FAMILY[finding.reason]
}

/** `Error, exit code 1`, `OOMKilled, exit code 137, signal 9`. */
export function describeTermination(termination: Termination): string {
  const parts = [termination.reason || 'ended', `exit code ${termination.exitCode}`]
  if (termination.signal !== undefined && termination.signal !== 0) parts.push(`signal ${termination.signal}`)
  return parts.join(', ')
}

function waitingFor(reason: FaultReason): Check {
  return (container) => {
    const { state } = container
    if (state.kind !== 'waiting' || state.reason !== reason || !isFaultReason(state.reason)) return undefined
    const words = [REASON_SENTENCE[reason], state.message]
    if (FAULT_FAMILY[reason] === 'run' && container.last !== undefined) words.push(lastEnd(container.last))
    return findingOf(container, reason, words, { basis: 'stated' })
  }
}

/**
 * Real kubelets show `terminated` for most of a back-off and CrashLoopBackOff only briefly (seen on 1.36, up to 31 s
 * apart): a container that was restarted and failed again is in the loop, whatever word the kubelet has for it now.
 */
function failedAgain(container: ContainerSketch, pod: PodSketch): PodFinding | undefined {
  const { state, last, restartCount } = container
  if (state.kind !== 'terminated' || restartCount === 0) return undefined
  const { termination } = state
  const failed = termination.exitCode !== 0 || (last !== undefined && last.exitCode !== 0)
  if (!failed || !isFailure(termination, container, pod)) return undefined
  const words = [`The container was restarted ${times(restartCount)} and ended again.`, lastEnd(termination)]
  return findingOf(container, 'CrashLoopBackOff', words, { basis: 'stated' })
}

/** Running between two restarts, or just ended and not yet waiting: the crash loop is still there. */
function betweenRestarts(
  container: ContainerSketch,
  pod: PodSketch,
  { now, stableForMs }: CheckOptions,
): PodFinding | undefined {
  const { state } = container
  if (container.restartCount === 0 || state.kind === 'unknown') return undefined
  const ended = state.kind === 'terminated' ? state.termination : container.last
  if (ended === undefined || !isFailure(ended, container, pod)) return undefined
  // A node's clock may be ahead of ours; an end in the future counts as now.
  const endedAt = Math.min(ended.finishedAt ?? now, now)
  const until = endedAt + Math.max(stableForMs, backOffMs(container.restartCount))
  if (until <= now) return undefined
  const words = [`The container was restarted ${times(container.restartCount)}.`, lastEnd(ended)]
  return findingOf(container, 'CrashLoopBackOff', words, { basis: 'between-restarts', until })
}

/** With restartPolicy Always, and for sidecars, ending at all is the failure; elsewhere exit code 0 is success. */
function isFailure(ended: Termination, container: ContainerSketch, pod: PodSketch): boolean {
  if (ended.exitCode !== 0) return true
  return container.role === 'sidecar' || (container.role === 'main' && pod.restartPolicy === 'Always')
}

function findingOf(
  container: ContainerSketch,
  reason: FaultReason,
  words: readonly string[],
  rest: Pick<PodFinding, 'basis' | 'until'>,
): PodFinding {
  const message = words.filter((word) => word !== '').join(' ')
  return { reason, role: container.role, container: container.name, message, ...rest }
}

function lastEnd(ended: Termination): string {
  const said = ended.message === '' ? '' : `: ${ended.message}`
  return `Last end: ${describeTermination(ended)}${said}`
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
