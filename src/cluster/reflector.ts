import { asOperatorError, OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { backoffDelay } from '#src/runtime/backoff.ts'
import { type Changes, HeldObjects } from './held-objects.ts'
import { listPages } from './list-pages.ts'
import type { ReflectorOptions, ReflectorTiming } from './reflector-options.ts'
import { parseWatchEvent } from './watch-events.ts'

const TIMING: ReflectorTiming = {
  backoff: { baseMs: 800, maxMs: 30_000, jitter: 0.5 },
  watchSeconds: 300,
  idleMs: 150_000,
}

/** After so many failures in a row the list is read again: the API server may have come back with an older history. */
const FAILURES_BEFORE_LIST = 3
/** A watch that lived this long did its work, even if nothing happened. */
const LIVELY_MS = 10_000

/**
 * Follows all objects of a kind: a paged list, then watches that go on from the last resource version seen. Goes on
 * until aborted, whatever the API server does; handlers are told every change, in order per object, and those that
 * happened while nobody watched as the next list shows them. Handlers that throw are logged.
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>
  readonly #timing: ReflectorTiming
  readonly #scopes: readonly Scope<T>[]
  #unsynced: number

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#timing = { ...TIMING, ...options.timing }
    const namespaces = options.namespaces === 'all' ? [undefined] : options.namespaces
    this.#scopes = namespaces.map((namespace) => ({
      namespace,
      about: `${options.kind} watch${namespace === undefined ? '' : ` in ${namespace}`}`,
      held: new HeldObjects(options.project),
      resourceVersion: undefined,
      synced: false,
      failures: 0,
    }))
    this.#unsynced = this.#scopes.length
  }

  get synced(): boolean {
    return this.#unsynced === 0
  }

  /** Scopes whose last attempt failed; 0 while all is well. For readiness and metrics. */
  get failing(): number {
    return this.#scopes.filter(({ failures }) => failures > 0).length
  }

  get size(): number {
    return this.#scopes.reduce((sum, { held }) => sum + held.size, 0)
  }

  /** By `namespace/name`, or the name alone for cluster-scoped kinds. */
  get(key: string): T | undefined {
    for (const { held } of this.#scopes) {
      const found = held.get(key)
      if (found !== undefined) return found
    }
    return undefined
  }

  *values(): Generator<T> {
    for (const { held } of this.#scopes) yield* held.values()
  }

  /** Resolves after the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#scopes.length === 0) this.#tell('onSynced', () => this.#options.handlers.onSynced())
    await Promise.all(this.#scopes.map((scope) => this.#follow(scope, signal)))
  }

  async #follow(scope: Scope<T>, signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#options
    while (!signal.aborted) {
      try {
        if (scope.resourceVersion === undefined) await this.#list(scope, signal)
        await this.#watch(scope, signal)
      } catch (thrown) {
        if (signal.aborted) return
        const error = asOperatorError(thrown)
        scope.failures += 1
        if (error.code === 'ApiGone' || scope.failures >= FAILURES_BEFORE_LIST)
          scope.resourceVersion = undefined
        const delay = backoffDelay(this.#timing.backoff, scope.failures, random)
        const fields = { code: error.code, failures: scope.failures, delayMs: Math.round(delay) }
        log.warn(`${scope.about} is started again: ${error.message}`, fields)
        await clock.sleep(delay, signal)
      }
    }
  }

  async #list(scope: Scope<T>, signal: AbortSignal): Promise<void> {
    const { cluster, apiVersion, kind } = this.#options
    const options = { ...this.#selectors(), signal }
    const inNamespace = scope.namespace === undefined ? options : { ...options, namespace: scope.namespace }
    let resourceVersion = ''
    scope.held.startList()
    for await (const page of listPages(cluster, { apiVersion, kind }, inNamespace, () =>
      scope.held.startList(),
    )) {
      for (const item of page.items) this.#upsert(scope, item)
      resourceVersion = page.resourceVersion
    }
    this.#report(scope.held.endList())
    if (resourceVersion === '') {
      throw new OperatorError('ApiUnreachable', 'the list has no resource version', { object: scope.about })
    }
    scope.resourceVersion = resourceVersion
    if (scope.synced) return
    scope.synced = true
    this.#unsynced -= 1
    if (this.#unsynced === 0) this.#tell('onSynced', () => this.#options.handlers.onSynced())
  }

  /** Returns when the API server ends the watch in good order. */
  async #watch(scope: Scope<T>, signal: AbortSignal): Promise<void> {
    const { cluster, clock, random, apiVersion, kind } = this.#options
    const path = await cluster.discovery.path({ apiVersion, kind, namespace: scope.namespace })
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: scope.resourceVersion,
      timeoutSeconds: Math.ceil(this.#timing.watchSeconds * (1 + random())),
      ...this.#selectors(),
    }
    const started = clock.monotonic()
    let lively = false
    try {
      const request = {
        method: 'GET',
        path,
        query,
        about: scope.about,
        signal,
        idleMs: this.#timing.idleMs,
      } as const
      for await (const line of cluster.transport.lines(request)) {
        const event = parseWatchEvent(line, scope.about)
        if (event.type === 'upsert') this.#upsert(scope, event.object)
        if (event.type === 'delete') this.#report(scope.held.delete(event.object))
        scope.resourceVersion = event.resourceVersion
        scope.failures = 0
        lively = true
      }
    } finally {
      lively ||= clock.monotonic() - started >= LIVELY_MS
      if (lively) scope.failures = 0
    }
    if (!lively && !signal.aborted) {
      throw new OperatorError('ApiUnreachable', 'the watch ended as soon as it began', {
        object: scope.about,
      })
    }
  }

  #selectors(): { readonly labelSelector?: string; readonly fieldSelector?: string } {
    const { labelSelector, fieldSelector } = this.#options
    return { ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) }
  }

  #upsert(scope: Scope<T>, object: KubeObject): void {
    this.#tell('project', () => this.#report(scope.held.upsert(object), object))
  }

  #report({ deleted, upserted, before }: Changes<T>, raw?: KubeObject): void {
    const { handlers } = this.#options
    for (const each of deleted) this.#tell('onDelete', () => handlers.onDelete(each))
    for (const each of upserted) if (raw) this.#tell('onUpsert', () => handlers.onUpsert(each, raw, before))
  }

  #tell(what: string, handler: () => void): void {
    try {
      handler()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#options.log.error(`${this.#options.kind}: ${what} failed`, { error: message })
    }
  }
}

interface Scope<T> {
  readonly namespace: string | undefined
  readonly about: string
  readonly held: HeldObjects<T>
  /** Where the next watch starts; undefined: with a list. */
  resourceVersion: string | undefined
  synced: boolean
  failures: number
}
