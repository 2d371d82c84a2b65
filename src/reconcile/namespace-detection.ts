import type { Sighting } from '#src/detect/state/check.ts'
import { sightingsIn } from '#src/detect/state/find-faults.ts'
import { type Mark, markOf, WATCHED_KINDS } from '#src/detect/state/mark.ts'
import { type SettledFinding, Settling } from '#src/detect/state/settling.ts'
import { type ClusterState, objectsOf } from '#src/domain/cluster-state.ts'
import { faultOf, isFaultReason } from '#src/domain/fault.ts'
import { isRepairable } from '#src/domain/target.ts'
import type { Again } from '#src/runtime/workers.ts'
import { openIncident, unreadable } from './open-incident.ts'
import type { World } from './world.ts'

export interface NamespaceDetectionOptions {
  readonly settleMs: number
  /** Namespaces in which nothing is ever detected. */
  readonly excluded: ReadonlySet<string>
  readonly enqueueAfter: (namespace: string, milliseconds: number) => void
}

/** At most so often a namespace is read because something in it changed; less often than faults settle. Milliseconds. */
const READ_EVERY = 10_000
/** Changes come together: a rollout, an apply of many files. Milliseconds. */
const GATHERED = 2_000

/**
 * From the objects of a namespace to Remediations. Watches say only that something changed, or that something is not as
 * it should be; the namespace is then read as it is now, and all checks look at it together. It is looked at again when
 * what they see settles, and for as long as anything in it is in trouble.
 */
export class NamespaceDetection {
  readonly #world: World
  readonly #options: NamespaceDetectionOptions
  readonly #settling: Settling
  /** When each namespace was last read, by the monotonic clock. */
  readonly #readAt = new Map<string, number>()
  /** Looks in a row that showed trouble and no fault. */
  readonly #quietLooks = new Map<string, number>()

  constructor(world: World, options: NamespaceDetectionOptions) {
    this.#world = world
    this.#options = options
    this.#settling = new Settling(options.settleMs)
  }

  /** An object of a watched kind, or a pod in trouble, is there or has changed. */
  changed(mark: Mark, before?: Mark): void {
    if (mark.text !== before?.text) this.touch(mark.namespace)
  }

  /** Something in the namespace calls for a look, soon and not too often. */
  touch(namespace: string): void {
    if (namespace === '' || this.#options.excluded.has(namespace)) return
    const { settleMs } = this.#options
    const last = this.#readAt.get(namespace)
    const since = last === undefined ? Number.POSITIVE_INFINITY : this.#world.clock.monotonic() - last
    const rest = Math.min(READ_EVERY, settleMs) - since
    this.#options.enqueueAfter(namespace, Math.max(rest, Math.min(GATHERED, settleMs)))
  }

  /** Makes sure that every fault that has settled in a namespace has its Remediation. */
  async reconcile(namespace: string): Promise<Again> {
    const { clock, cluster, remediations, patience } = this.#world
    this.#readAt.set(namespace, clock.monotonic())
    const state = await cluster.state(namespace)
    const now = clock.now()
    const seen = sightingsIn(state, now).filter((it) => !isOnTheBoard(it))
    const { findings, nextAt } = this.#settling.look(namespace, seen, now)
    const existing = findings.length === 0 ? [] : await remediations.list(namespace)
    for (const found of findings) await openFor(this.#world, found, existing)
    const looks = [
      ...(nextAt === undefined ? [] : [nextAt - now]),
      // A fault goes on: an incident may have ended, or the field at fault may have changed.
      ...(findings.length === 0 ? [] : [patience.poll]),
      ...this.#lookAgain(namespace, state, findings.length),
    ]
    return looks.length === 0 ? 'on-change' : { afterMs: Math.max(1, Math.min(...looks)) }
  }

  /* Events come without any change of an object: what is in trouble is looked at ever more seldom. */
  #lookAgain(namespace: string, state: ClusterState, found: number): readonly number[] {
    const troubled = ['Pod', ...WATCHED_KINDS.map(([, kind]) => kind)].some((kind) =>
      objectsOf(state, kind, namespace).some((object) => markOf(object).troubled),
    )
    if (!troubled || found > 0) {
      this.#quietLooks.delete(namespace)
      if (!troubled) this.#readAt.delete(namespace)
      return []
    }
    const looks = this.#quietLooks.get(namespace) ?? 0
    this.#quietLooks.set(namespace, looks + 1)
    const { settleMs } = this.#options
    return [Math.min(Math.min(READ_EVERY, settleMs) * 2 ** Math.min(looks, 10), this.#world.patience.poll)]
  }
}

/** What the kubelet says of a container comes with the pods' own events, at once (fault-board.ts). */
function isOnTheBoard({ reason, container }: Sighting): boolean {
  return container !== '' && isFaultReason(reason)
}

/** Find-or-create for what a check over the whole namespace found. */
export async function openFor(
  world: World,
  { finding, since }: SettledFinding,
  existing: Parameters<typeof openIncident>[2],
): Promise<void> {
  const { target, reason, role, container, fields } = finding
  const [snapshot, message] = await Promise.all([
    isRepairable(target) ? world.cluster.snapshot(target) : unreadable(target),
    // What controllers and kubelets say ends up in status, pull requests and prompts.
    world.cluster.redact(finding.message === '' ? finding.sentence : finding.message),
  ])
  if (snapshot === undefined) return
  const fault = faultOf(snapshot.workload, target, { reason, role, container, message }, fields[0] ?? '')
  await openIncident(world, { target, snapshot, fault, since, finding }, existing)
}
