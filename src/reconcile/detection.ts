import type { BoardFault } from '#src/detect/fault-board.ts'
import { FaultBoard } from '#src/detect/fault-board.ts'
import { type OwnerLookup, type Ownership, resolveOwner } from '#src/detect/owner-chain.ts'
import { showsNow } from '#src/detect/present-revision.ts'
import type { PodSketch } from '#src/detect/project-pod.ts'
import { type Fault, faultOf, isFaultReason } from '#src/domain/fault.ts'
import { asksToBeIgnored, type Remediation } from '#src/domain/remediation.ts'
import type { StateFinding } from '#src/domain/state-finding.ts'
import { isRepairable, type TargetRef } from '#src/domain/target.ts'
import type { Again } from '#src/runtime/workers.ts'
import { causeOf } from './cause.ts'
import { openFor } from './namespace-detection.ts'
import { openIncident, unreadable } from './open-incident.ts'
import type { World } from './world.ts'

export interface DetectionOptions {
  readonly settleMs: number
  /** How long a restarted container must run before its fault is over. Milliseconds. */
  readonly stableForMs: number
  readonly lookup: OwnerLookup
  /** Namespaces in which nothing is ever detected. */
  readonly excluded: ReadonlySet<string>
  /** Puts the key of a fault that needs a look into the queue. */
  readonly enqueue: (key: string) => void
}

/**
 * From pods to Remediations. Pod events only move the board; whatever is settled there becomes a key in the queue, and
 * the work on a key starts from the board and the API server, so a lost or doubled event changes nothing.
 */
export class Detection {
  readonly #world: World
  readonly #options: DetectionOptions
  readonly #board: FaultBoard
  /** Keys that are in the queue's care: enqueued once, looked at again now and then for as long as they are due. */
  readonly #inCare = new Set<string>()
  #timer: AbortController | undefined

  constructor(world: World, options: DetectionOptions) {
    this.#world = world
    this.#options = options
    this.#board = new FaultBoard(options)
  }

  upsert(pod: PodSketch): void {
    if (this.#options.excluded.has(pod.namespace)) return
    this.#board.upsert(pod, this.#world.clock.now())
    this.#schedule()
  }

  remove(podUid: string): void {
    this.#board.remove(podUid)
  }

  close(): void {
    this.#timer?.abort()
  }

  /** Enqueues what is due now, and wakes up when the next fault settles. */
  #schedule(): void {
    const { clock, log } = this.#world
    const now = clock.now()
    for (const fault of this.#board.due(now)) {
      const key = keyOf(fault)
      if (this.#inCare.has(key)) continue
      this.#inCare.add(key)
      log.debug('fault settled', { namespace: fault.namespace, pod: fault.pods[0] })
      this.#options.enqueue(key)
    }
    const next = this.#board.nextDue(now)
    this.#timer?.abort()
    if (next === undefined) return
    const timer = new AbortController()
    this.#timer = timer
    void clock.sleep(next - now, timer.signal).then(() => {
      if (!timer.signal.aborted) this.#schedule()
    })
  }

  /**
   * Makes sure that a settled fault has its Remediation. A fault that goes on is looked at again: an incident may have
   * ended, or the field at fault may have changed while the pods kept failing.
   */
  async reconcile(key: string): Promise<Again> {
    const due = this.#board.due(this.#world.clock.now()).filter((fault) => keyOf(fault) === key)
    for (const found of due) await this.#ensureIncident(found)
    if (due.length > 0) return { afterMs: this.#world.patience.poll }
    this.#inCare.delete(key)
    return 'on-change'
  }

  async #ensureIncident(found: BoardFault): Promise<void> {
    const { log, remediations } = this.#world
    const [owner, existing] = await Promise.all([
      resolveOwner(found.namespace, found.controller, this.#options.lookup),
      remediations.list(found.namespace),
    ])
    const target = targetOf(found, owner)
    if (target === undefined) {
      log.debug('the owner of a faulty pod is gone', { namespace: found.namespace, pod: found.pods[0] })
      return
    }
    await ensureRemediation(this.#world, target, found, existing)
  }
}

/** Also what is never repaired gets a Remediation, which says so. */
function targetOf({ namespace, pods }: BoardFault, owner: Ownership): TargetRef | undefined {
  switch (owner.kind) {
    case 'workload':
      return owner.target
    case 'unsupported':
      return { ...owner.owner, namespace }
    case 'none':
      return { apiVersion: 'v1', kind: 'Pod', namespace, name: pods[0] ?? '' }
    case 'gone':
      return undefined
  }
}

function keyOf({ namespace, controller, family, finding }: BoardFault): string {
  return [namespace, controller?.uid ?? '', finding.role, finding.container, family].join('/')
}

/** Find-or-create, from what the API server holds now. */
async function ensureRemediation(
  world: World,
  target: TargetRef,
  found: BoardFault,
  existing: readonly Remediation[],
): Promise<void> {
  const { role, container } = found.finding
  const place = { family: found.family, role, container }
  const [snapshot, ignored, message] = await Promise.all([
    isRepairable(target) ? world.cluster.snapshot(target) : unreadable(target),
    world.cluster.ignoredNamespace(target.namespace),
    // The kubelet's message ends up in status, pull requests and prompts.
    world.cluster.redact(found.finding.message),
  ])
  if (snapshot === undefined || ignored || asksToBeIgnored(snapshot.workload)) return
  // Pods of an older template are being replaced: their fault is not one of the workload as it is now.
  if (isRepairable(target) && !showsNow(snapshot, place, world.clock.now(), world.settleRecoveredMs)) return
  const cause = await causeBehind(world, target, found)
  if (cause !== undefined) return openFor(world, { finding: cause, since: found.since }, existing)
  const fault: Fault = faultOf(snapshot.workload, target, { ...found.finding, message })
  await openIncident(world, { target, snapshot, fault, since: found.since }, existing)
}

/**
 * Where the namespace tells more than the kubelet: a container that keeps ending was out of memory or failed its probe, a
 * ConfigMap is missing behind several workloads. An image is each workload's own.
 */
async function causeBehind(
  world: World,
  target: TargetRef,
  { family, finding }: BoardFault,
): Promise<StateFinding | undefined> {
  if (family === 'image' || !isRepairable(target)) return undefined
  const { role, container } = finding
  const state = await world.cluster.state(target.namespace)
  const cause = causeOf(state, { target, role, container }, world.clock.now())
  return cause === undefined || (isFaultReason(cause.reason) && cause.affected.length === 0)
    ? undefined
    : cause
}
