import { groupOf, type KubeObject, type OwnerReference } from '#src/domain/kube-object.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { controllerOf } from './project-pod.ts'

/** Where a pod's chain of controllers ends. */
export type Ownership =
  | { readonly kind: 'workload'; readonly target: TargetRef; readonly uid: string }
  /** The chain ends at something whose pod template we do not repair: a Job, a Node (static pods), somebody's own kind. */
  | { readonly kind: 'unsupported'; readonly owner: Owner }
  /** A pod that nothing controls. */
  | { readonly kind: 'none' }
  /** An owner was deleted, or another object has its name now. */
  | { readonly kind: 'gone'; readonly owner: Owner }

export interface Owner {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
}

export interface OwnerRef extends OwnerReference {
  readonly namespace: string
}

/** Reads the object of that name; whether it is still the owner (uid) is judged by the caller. */
export type OwnerLookup = (ref: OwnerRef) => Promise<KubeObject | undefined>

const FOLLOWED: Readonly<Record<string, string>> = {
  ReplicaSet: 'apps',
  Deployment: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  Job: 'batch',
  CronJob: 'batch',
}
const REPAIRED: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'])
/** Pod → ReplicaSet → Deployment is two steps; what is longer than this is not ours to follow. */
const LONGEST_CHAIN = 4

/**
 * Follows controller owner references from a pod's controller up to the workload. The uid must agree at every step: a
 * re-created owner of the same name is another object. A workload that some other object controls (an operator's own
 * kind) is that object's to change, hence unsupported.
 */
export async function resolveOwner(
  namespace: string,
  controller: OwnerReference | undefined,
  lookup: OwnerLookup,
): Promise<Ownership> {
  if (controller === undefined) return { kind: 'none' }
  let owner = controller
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    const name: Owner = { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name }
    if (FOLLOWED[owner.kind] !== groupOf(owner.apiVersion)) return { kind: 'unsupported', owner: name }
    const object = await lookup({ ...owner, namespace })
    if (object === undefined || object.metadata.uid !== owner.uid) return { kind: 'gone', owner: name }
    const next = controllerOf(object)
    if (next === undefined) return endOf(namespace, owner)
    owner = next
  }
  return { kind: 'unsupported', owner: { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name } }
}

function endOf(namespace: string, owner: OwnerReference): Ownership {
  const { apiVersion, kind, name, uid } = owner
  if (!REPAIRED.has(kind)) return { kind: 'unsupported', owner: { apiVersion, kind, name } }
  return { kind: 'workload', target: { apiVersion, kind, namespace, name }, uid }
}

/** Milliseconds that never go back. */
export interface MonotonicClock {
  monotonic(): number
}

interface Entry {
  readonly expires: number
  readonly answer: Promise<KubeObject | undefined>
}

/**
 * Remembers look-ups for a while, at most `maxEntries` of them (the oldest goes first). An entry is one object, not one
 * name: the expected uid is part of the key, so a re-created owner is read afresh. Only identity and owners are kept.
 * A failed look-up is not remembered.
 */
export class OwnerCache {
  readonly #lookup: OwnerLookup
  readonly #clock: MonotonicClock
  readonly #ttlMs: number
  readonly #maxEntries: number
  readonly #entries = new Map<string, Entry>()

  constructor(
    lookup: OwnerLookup,
    options: { readonly clock: MonotonicClock; readonly ttlMs: number; readonly maxEntries: number },
  ) {
    this.#lookup = lookup
    this.#clock = options.clock
    this.#ttlMs = options.ttlMs
    this.#maxEntries = options.maxEntries
  }

  get size(): number {
    return this.#entries.size
  }

  readonly lookup: OwnerLookup = (ref) => {
    const key = `${groupOf(ref.apiVersion)}/${ref.kind}/${ref.namespace}/${ref.name}/${ref.uid}`
    const known = this.#entries.get(key)
    if (known !== undefined && known.expires > this.#clock.monotonic()) return known.answer
    const answer = this.#lookup(ref).then((object) => object && identityOf(object))
    this.#remember(key, { expires: this.#clock.monotonic() + this.#ttlMs, answer })
    answer.catch(() => {
      if (this.#entries.get(key)?.answer === answer) this.#entries.delete(key)
    })
    return answer
  }

  #remember(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) break
      this.#entries.delete(oldest)
    }
  }
}

function identityOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, ownerReferences } = metadata
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(ownerReferences !== undefined && { ownerReferences }),
    },
  }
}
