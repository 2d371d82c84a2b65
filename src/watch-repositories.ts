import type { Cluster } from '#src/cluster/connect.ts'
import { Reflector } from '#src/cluster/reflector.ts'
import type { Config } from '#src/config/config.ts'
import { asOperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { API_VERSION } from '#src/domain/remediation.ts'
import { MANIFEST_REPOSITORY_KIND } from '#src/domain/repository-status.ts'
import { type Backoff, backoffDelay } from '#src/runtime/backoff.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Log } from '#src/runtime/log.ts'

export interface WatchRepositoriesOptions {
  readonly config: Config['manifestRepositories']
  readonly cluster: Cluster
  readonly clock: Clock
  readonly log: Log
  /** Told the names of all ManifestRepositories after each change: what one says may decide whether another counts. */
  readonly onNames: (names: readonly string[]) => void
}

/** A cluster without the kind, or without the permission, is asked again so often. Milliseconds. */
const LOOK_AGAIN = 60_000
const BACKOFF: Backoff = { baseMs: 500, maxMs: 30_000, jitter: 0.5 }

/** The ManifestRepositories of the cluster as they are now. */
export class WatchedRepositories {
  readonly #options: WatchRepositoriesOptions
  readonly #reflector: Reflector<KubeObject>
  readonly #known = Promise.withResolvers<void>()

  constructor(options: WatchRepositoriesOptions) {
    this.#options = options
    const { cluster, clock, log, config } = options
    const { labelSelector } = config
    const tell = (gone: readonly string[] = []) =>
      options.onNames([...[...this.values()].map(({ metadata }) => metadata.name), ...gone])
    this.#reflector = new Reflector<KubeObject>({
      ...{ cluster, clock, log, random: Math.random, namespaces: 'all' },
      apiVersion: API_VERSION,
      kind: MANIFEST_REPOSITORY_KIND,
      ...(labelSelector !== undefined && { labelSelector }),
      project: (object) => object,
      handlers: {
        onUpsert: () => tell(),
        onDelete: ({ metadata }) => tell([metadata.name]),
        onSynced: () => this.#known.resolve(),
      },
    })
  }

  /** Resolves once they were listed completely, or once it is clear that this cluster tells of none. */
  get known(): Promise<void> {
    return this.#known.promise
  }

  values(): Iterable<KubeObject> {
    return this.#reflector.values()
  }

  /** Nobody waits for `known` any more. */
  close(): void {
    this.#known.resolve()
  }

  /** Resolves after the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    if (!this.#options.config.watch) {
      this.#known.resolve()
      return
    }
    if (await this.#untilServed(signal)) await this.#reflector.run(signal)
  }

  /** An older installation has no such kind, or no permission to list it: said once, and looked for now and then. */
  async #untilServed(signal: AbortSignal): Promise<boolean> {
    const { cluster, clock, log } = this.#options
    let isSaid = false
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await cluster.api.list(API_VERSION, MANIFEST_REPOSITORY_KIND)
        return true
      } catch (thrown) {
        const { code, message } = asOperatorError(thrown)
        const isRefused = code === 'ApiNotFound' || code === 'ApiForbidden'
        if (isRefused && !isSaid) {
          log.warn(`only the configuration's repositories count: ${message}`, { code, remedy: REMEDY })
          isSaid = true
        }
        if (isRefused) this.#known.resolve()
        const delay = isRefused ? LOOK_AGAIN : backoffDelay(BACKOFF, failures, Math.random)
        await clock.sleep(delay, signal)
      }
    }
    return false
  }
}

const REMEDY =
  'Install crds/ and the permission to list, watch and update manifestrepositories, or set manifestRepositories.watch to false.'
