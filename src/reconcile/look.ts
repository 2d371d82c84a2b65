import type { ClusterState } from '#src/domain/cluster-state.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { targetKey } from '#src/domain/target.ts'
import type { ClusterReader, World } from './world.ts'

/** What one step saw serves the next ones for so long. Milliseconds. */
const SHARED = 2_000
/**
 * A fix may rest on a fetch that began so shortly before the look (for the evidence, or for another incident of the same
 * moment): what is merged is judged by itself, and a push says which state of the branch it expects. Milliseconds.
 */
const RECENT = 3_000

/** For `Manifests.fetch`, while a fix is planned and published. */
export function recent({ asOf }: World): number | undefined {
  return asOf === undefined ? undefined : asOf - RECENT
}

/**
 * The world as one reconcile looks at it. The target and the repository are read once for the steps that follow each
 * other at once; whatever is written carries a precondition of its own.
 */
export class Look {
  readonly #outer: World
  #present: { readonly world: World; readonly asOf: number } | undefined

  constructor(outer: World) {
    this.#outer = outer
  }

  get world(): World {
    const now = this.#outer.clock.monotonic()
    if (this.#present === undefined || now - this.#present.asOf > SHARED) {
      const cluster = readOnce(this.#outer.cluster)
      this.#present = { asOf: now, world: { ...this.#outer, cluster, asOf: now } }
    }
    return this.#present.world
  }

  /** From here on everything is read anew. */
  renew(): void {
    this.#present = undefined
  }
}

function readOnce(cluster: ClusterReader): ClusterReader {
  const snapshots = new Map<string, Promise<WorkloadSnapshot | undefined>>()
  const ignored = new Map<string, Promise<boolean>>()
  const states = new Map<string, Promise<ClusterState>>()
  return {
    ...cluster,
    snapshot: (target) => once(snapshots, targetKey(target), () => cluster.snapshot(target)),
    ignoredNamespace: (namespace) => once(ignored, namespace, () => cluster.ignoredNamespace(namespace)),
    state: (namespace) => once(states, namespace, () => cluster.state(namespace)),
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const answer = known.get(key) ?? read()
  known.set(key, answer)
  return answer
}
