import type { KubeObject } from '#src/domain/kube-object.ts'

interface Held<T> {
  readonly uid: string
  readonly resourceVersion: string
  readonly projected: T
  round: number
}

export interface Changes<T> {
  readonly deleted: readonly T[]
  readonly upserted: readonly T[]
  /** What was kept of an object that changed; undefined for a new one. */
  readonly before?: T | undefined
}

const NOTHING = { deleted: [], upserted: [] } as const

/**
 * What a reflector keeps of the objects of one scope: the projection only. Tells what each list or event changes; an
 * object of the same name with another uid is a deletion and a new object.
 */
export class HeldObjects<T> {
  readonly #project: (object: KubeObject) => T
  readonly #held = new Map<string, Held<T>>()
  #round = 0

  constructor(project: (object: KubeObject) => T) {
    this.#project = project
  }

  get size(): number {
    return this.#held.size
  }

  get(key: string): T | undefined {
    return this.#held.get(key)?.projected
  }

  *values(): Generator<T> {
    for (const { projected } of this.#held.values()) yield projected
  }

  upsert(object: KubeObject): Changes<T> {
    const key = keyOf(object)
    const { uid = '', resourceVersion = '' } = object.metadata
    const before = this.#held.get(key)
    if (before?.uid === uid && before.resourceVersion === resourceVersion) {
      before.round = this.#round
      return NOTHING
    }
    const projected = this.#project(object)
    this.#held.set(key, { uid, resourceVersion, projected, round: this.#round })
    const replaced = before !== undefined && before.uid !== uid
    if (replaced) return { deleted: [before.projected], upserted: [projected] }
    return { deleted: [], upserted: [projected], before: before?.projected }
  }

  delete(object: KubeObject): Changes<T> {
    const key = keyOf(object)
    const before = this.#held.get(key)
    if (before === undefined || before.uid !== (object.metadata.uid ?? '')) return NOTHING
    this.#held.delete(key)
    return { deleted: [before.projected], upserted: [] }
  }

  /** From here on upserts belong to a new list. */
  startList(): void {
    this.#round += 1
  }

  /** The list is complete: what it did not hold is gone. */
  endList(): Changes<T> {
    const deleted: T[] = []
    for (const [key, { round, projected }] of this.#held) {
      if (round === this.#round) continue
      this.#held.delete(key)
      deleted.push(projected)
    }
    return { deleted, upserted: [] }
  }
}

/** `namespace/name`, or the name alone for cluster-scoped objects. */
export function keyOf({ metadata: { namespace, name } }: KubeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}
