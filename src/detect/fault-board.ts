import type { FaultFamily, Finding } from '#src/domain/fault.ts'
import type { OwnerReference } from '#src/domain/kube-object.ts'
import { familyOf, findingsOf, type PodFinding } from './checks.ts'
import type { PodSketch } from './project-pod.ts'

/** One fault of one owner's pods, whatever number of them show it. */
export interface BoardFault {
  readonly namespace: string
  /** The pods' controller (a ReplicaSet, a StatefulSet, a Job …); undefined for a pod that nothing controls. */
  readonly controller: OwnerReference | undefined
  readonly family: FaultFamily
  /** As the pod whose name sorts first states it. */
  readonly finding: Finding
  /** When we first saw it, milliseconds since the epoch by our own clock; it has been showing ever since. */
  readonly since: number
  /** False while every pod that shows it is between two restarts. */
  readonly stated: boolean
  /** Names, sorted. */
  readonly pods: readonly string[]
}

export interface BoardOptions {
  /** How long a fault must last before it surfaces. Milliseconds. */
  readonly settleMs: number
  /** How long a restarted container must run before its fault is over; the kubelet's back-off if that is longer. */
  readonly stableForMs: number
}

interface Showing {
  readonly pod: string
  /** The last thing the kubelet stated. */
  readonly finding: Finding
  /** Set between two restarts: the fault is over on this pod at that time, without any event. */
  readonly until: number | undefined
}

interface Entry {
  readonly namespace: string
  readonly controller: OwnerReference | undefined
  readonly family: FaultFamily
  readonly since: number
  readonly showing: Map<string, Showing>
}

/**
 * Which faults the pods of a cluster show now, and since when. Fed with every pod event; keeps nothing about pods that
 * show nothing. Faults are kept per controller uid, so no owner chain has to be known. Feeding the same state of a pod
 * twice changes nothing, and the order in which different pods are fed does not matter.
 *
 * A fault is due when it has been showing for the settle time and some pod states it at that moment: a pod that failed
 * and then recovered is never due, however long it counts as between restarts.
 */
export class FaultBoard {
  readonly #options: BoardOptions
  /** By owner (uid), then by role, container and family. */
  readonly #owners = new Map<string, Map<string, Entry>>()
  /** The owner under which a faulty pod is kept. */
  readonly #ownerOfPod = new Map<string, string>()

  constructor(options: BoardOptions) {
    this.#options = options
  }

  /** The number of faulty pods that are kept. */
  get size(): number {
    return this.#ownerOfPod.size
  }

  upsert(pod: PodSketch, now: number): void {
    const owner = pod.controller?.uid ?? pod.uid
    const before = this.#ownerOfPod.get(pod.uid)
    if (before !== undefined && before !== owner) this.remove(pod.uid)
    const findings = findingsOf(pod, now, this.#options)
    if (before === undefined && findings.length === 0) return
    const entries = this.#owners.get(owner) ?? new Map<string, Entry>()
    this.#prune(entries, now)
    const shown = new Set<string>()
    for (const finding of findings) {
      const id = idOf(finding)
      if (show(entries, id, pod, finding, now)) shown.add(id)
    }
    for (const [id, entry] of entries) if (!shown.has(id)) withdraw(entries, id, entry, pod.uid)
    this.#keep(owner, pod.uid, entries)
  }

  remove(podUid: string): void {
    const owner = this.#ownerOfPod.get(podUid)
    const entries = owner === undefined ? undefined : this.#owners.get(owner)
    if (owner === undefined || entries === undefined) return
    for (const [id, entry] of entries) withdraw(entries, id, entry, podUid)
    this.#keep(owner, podUid, entries)
  }

  /** After a fresh list: pods that are not in it are gone, though no event said so. */
  keepOnly(podUids: ReadonlySet<string>): void {
    for (const uid of [...this.#ownerOfPod.keys()]) if (!podUids.has(uid)) this.remove(uid)
  }

  /** Every fault that shows now, settled or not. */
  faults(now: number): readonly BoardFault[] {
    const faults: BoardFault[] = []
    for (const [owner, entries] of this.#owners) {
      this.#prune(entries, now)
      for (const entry of entries.values()) faults.push(faultOf(entry))
      if (entries.size === 0) this.#owners.delete(owner)
    }
    return faults
  }

  /** The faults that are settled and stated now. The same fault is due every time one asks, until it ends. */
  due(now: number): readonly BoardFault[] {
    return this.faults(now).filter(({ stated, since }) => stated && since + this.#options.settleMs <= now)
  }

  /** When the next fault that shows now will be due if nothing changes. Undefined when none will without an event. */
  nextDue(now: number): number | undefined {
    let next: number | undefined
    for (const { stated, since } of this.faults(now)) {
      const at = since + this.#options.settleMs
      if (stated && at > now && (next === undefined || at < next)) next = at
    }
    return next
  }

  #keep(owner: string, podUid: string, entries: Map<string, Entry>): void {
    if (isShowing(entries, podUid)) this.#ownerOfPod.set(podUid, owner)
    else this.#ownerOfPod.delete(podUid)
    if (entries.size > 0) this.#owners.set(owner, entries)
    else this.#owners.delete(owner)
  }

  /** Ends what ended without an event: pods that ran long enough after their last restart. */
  #prune(entries: Map<string, Entry>, now: number): void {
    for (const [id, entry] of entries) {
      for (const [podUid, { until }] of entry.showing) {
        if (until === undefined || until > now) continue
        withdraw(entries, id, entry, podUid)
        if (!isShowing(entries, podUid)) this.#ownerOfPod.delete(podUid)
      }
    }
  }
}

/** True when the pod counts as showing the finding: stated, or going on from an earlier statement of the same pod. */
function show(
  entries: Map<string, Entry>,
  id: string,
  pod: PodSketch,
  finding: PodFinding,
  now: number,
): boolean {
  const entry = entries.get(id)
  const earlier = entry?.showing.get(pod.uid)
  const { basis, until, ...plain } = finding
  if (basis === 'stated') {
    const { namespace, controller } = pod
    const kept = entry ?? { namespace, controller, family: familyOf(finding), since: now, showing: new Map() }
    kept.showing.set(pod.uid, { pod: pod.name, finding: plain, until: undefined })
    entries.set(id, kept)
    return true
  }
  if (entry === undefined || earlier === undefined) return false
  entry.showing.set(pod.uid, { ...earlier, until })
  return true
}

function withdraw(entries: Map<string, Entry>, id: string, entry: Entry, podUid: string): void {
  entry.showing.delete(podUid)
  if (entry.showing.size === 0) entries.delete(id)
}

function isShowing(entries: ReadonlyMap<string, Entry>, podUid: string): boolean {
  return entries.values().some(({ showing }) => showing.has(podUid))
}

function faultOf({ namespace, controller, family, since, showing }: Entry): BoardFault {
  const byName = [...showing.values()].sort((a, b) => (a.pod < b.pod ? -1 : 1))
  const spokesman = byName.find(({ until }) => until === undefined) ?? byName[0]
  if (spokesman === undefined) throw new RangeError('a fault on the board is shown by at least one pod')
  return {
    namespace,
    controller,
    family,
    finding: spokesman.finding,
    since,
    stated: spokesman.until === undefined,
    pods: byName.map(({ pod }) => pod),
  }
}

function idOf(finding: PodFinding): string {
  return `${finding.role}/${finding.container}/${familyOf(finding)}`
}
