import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { Family } from '#src/domain/fault.ts'
import type { ContainerRole } from '#src/domain/target.ts'
import { milliseconds } from '#src/domain/time.ts'
import { backOffMs } from './back-off.ts'
import { familyOf, findingsOf } from './checks.ts'
import { type ContainerSketch, type PodSketch, projectPod } from './project-pod.ts'
import { rolloutOf } from './rollout.ts'

export interface Health {
  /** `recovering`: the fault does not show, and nothing proves yet that it is over. */
  readonly state: 'present' | 'recovering' | 'healthy'
  /** Milliseconds since the epoch: since when the present pods have been running without an end, where that is known. */
  readonly since?: number
  /** When another look can tell more though no event may come. Milliseconds since the epoch. */
  readonly lookAgainAt?: number
  /** One sentence for people; pod and container names only, nothing a container said. */
  readonly message: string
}

export interface FaultPlace {
  readonly family: Family
  readonly container: string
  readonly role: ContainerRole
}

export interface HealthOptions {
  readonly settleMs: number
  /** The back-off the faulty pods had reached: a fixed container must outlive it. */
  readonly lastBackOffMs?: number
}

/**
 * Whether a fault of a workload still shows. Healthy means proven: the rollout is complete as `kubectl rollout status`
 * judges it, no pod shows the fault, and its container has been running on every pod, without an end, for longer than
 * the settle time and the last back-off. A crash-looping container that runs between two restarts is never healthy.
 */
export function assess(
  snapshot: WorkloadSnapshot,
  fault: FaultPlace,
  now: number,
  options: HealthOptions,
): Health {
  const pods = judgedPods(snapshot).filter(({ deleting }) => !deleting)
  const windowMs = Math.max(options.settleMs, options.lastBackOffMs ?? 0)
  const showing = pods.filter((pod) => shows(pod, fault, now, windowMs))
  if (showing.length > 0) return present(showing, fault)
  const rollout = rolloutOf(snapshot.workload, pods)
  if (rollout.state !== 'complete') return { state: 'recovering', message: rollout.message }
  return stability(pods, fault, now, windowMs)
}

function present(showing: readonly PodSketch[], fault: FaultPlace): Health {
  const [first] = showing.map(({ name }) => name).sort()
  const others = showing.length === 1 ? '' : ` and ${showing.length - 1} more`
  return {
    state: 'present',
    message: `Container ${fault.container} still shows the fault on pod ${first ?? ''}${others}.`,
  }
}

function stability(pods: readonly PodSketch[], fault: FaultPlace, now: number, windowMs: number): Health {
  // Finished pods (evicted ones, a Job's earlier attempts) were replaced; they neither show nor prove anything.
  const living = pods.filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed')
  const proofs = living.map((pod) => proofOf(pod, fault, windowMs))
  const since = Math.max(...proofs.map((proof) => proof.since ?? now), Number.NEGATIVE_INFINITY)
  if (proofs.some((proof) => proof.since === undefined)) {
    return { state: 'recovering', message: `Container ${fault.container} is not running yet on every pod.` }
  }
  const provenAt = Math.max(...proofs.map((proof) => proof.provenAt), Number.NEGATIVE_INFINITY)
  if (provenAt > now) {
    const seconds = Math.ceil((provenAt - now) / 1000)
    return {
      state: 'recovering',
      since,
      lookAgainAt: provenAt,
      message: `Container ${fault.container} runs on every pod; it counts as recovered after ${seconds} s more without an end.`,
    }
  }
  return {
    state: 'healthy',
    ...(Number.isFinite(since) && { since }),
    message: `The rollout is complete and container ${fault.container} runs on every pod.`,
  }
}

/** Since when a container has been fine on a pod, and when that is long enough. */
function proofOf(pod: PodSketch, fault: FaultPlace, windowMs: number) {
  const container = pod.containers.find((candidate) => isSame(candidate, fault))
  // The fix took the container away: nothing is left that could fail.
  if (container === undefined) return { since: Number.NEGATIVE_INFINITY, provenAt: Number.NEGATIVE_INFINITY }
  const since = fineSince(container)
  const neededMs = Math.max(windowMs, backOffMs(container.restartCount))
  return { since, provenAt: (since ?? 0) + neededMs }
}

function fineSince({ state, role }: ContainerSketch): number | undefined {
  if (state.kind === 'running') return role === 'init' ? undefined : (state.startedAt ?? 0)
  if (state.kind === 'terminated' && state.termination.exitCode === 0 && role !== 'sidecar') {
    return state.termination.finishedAt ?? 0
  }
  return undefined
}

function shows(pod: PodSketch, fault: FaultPlace, now: number, windowMs: number): boolean {
  return findingsOf(pod, now, { stableForMs: windowMs }).some(
    (finding) =>
      familyOf(finding) === fault.family &&
      finding.container === fault.container &&
      finding.role === fault.role,
  )
}

function isSame(container: ContainerSketch, fault: FaultPlace): boolean {
  return container.name === fault.container && container.role === fault.role
}

/** All pods of a workload; of a CronJob those of its newest Job, since older Jobs keep the template they began with. */
function judgedPods({ workload, pods }: WorkloadSnapshot): readonly PodSketch[] {
  const sketches = pods.map((raw) => ({ sketch: projectPod(raw), born: bornAt(raw) }))
  if (workload.kind !== 'CronJob') return sketches.map(({ sketch }) => sketch)
  const newest = sketches.reduce<(typeof sketches)[number] | undefined>(
    (best, candidate) => (best === undefined || candidate.born > best.born ? candidate : best),
    undefined,
  )
  return sketches
    .filter(({ sketch }) => sketch.controller?.uid === newest?.sketch.controller?.uid)
    .map(({ sketch }) => sketch)
}

function bornAt(raw: { readonly metadata: { readonly creationTimestamp?: string } }): number {
  return milliseconds(raw.metadata.creationTimestamp) ?? 0
}
