import { asOperatorError, OperatorError } from '#src/domain/errors.ts'
import { isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Fence } from '#src/runtime/fence.ts'
import type { Log } from '#src/runtime/log.ts'
import type { KubeApi } from './kube-api.ts'

export interface LeaderElectionOptions {
  readonly api: Pick<KubeApi, 'get' | 'create' | 'replace'>
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  readonly log: Log
  readonly namespace: string
  readonly name: string
  /** Another one for every process, also for one that was started again. */
  readonly identity: string
  /** How long others wait, from when they last saw the lease change, before they take it. Milliseconds. */
  readonly leaseMs: number
  /** From the last renewal until the holder writes nothing any more, and gives up. Milliseconds, below `leaseMs`. */
  readonly renewDeadlineMs: number
  /** Between two tries to get it or to renew it. Milliseconds. */
  readonly retryMs: number
}

const API_VERSION = 'coordination.k8s.io/v1'
const KIND = 'Lease'
/** client-go's: those who wait do not all come at once. */
const JITTER = 1.2

/**
 * One of several replicas works, by a Lease with the semantics of client-go's leader election: whether another's lease is
 * over is judged by when its record was seen to change, on this process's monotonic clock, so clocks need not agree; every
 * write of the record names the version it was made from. Who cannot renew in time stops for good.
 */
export class LeaderElection implements Fence {
  readonly #options: LeaderElectionOptions
  /** The record as it was last seen, and when it was first seen so. Monotonic milliseconds. */
  #seen: { readonly record: string; readonly at: number } | undefined
  /** The Lease as we wrote it last. */
  #own: KubeObject | undefined
  #heldUntil = Number.NEGATIVE_INFINITY

  constructor(options: LeaderElectionOptions) {
    this.#options = options
  }

  get leading(): boolean {
    return this.#options.clock.monotonic() < this.#heldUntil
  }

  /** Time between the deadline and the end of the lease is for what is on its way. */
  check(): void {
    if (this.leading) return
    const { namespace, name } = this.#options
    throw new OperatorError('LeaseLost', 'this replica does not hold it (any more) and changes nothing', {
      object: `Lease ${namespace}/${name}`,
    })
  }

  /**
   * Waits for the lease, calls `onLeading`, and renews it. `lost`: it could not be renewed in time; this process must not
   * go on. `stopped`: the signal was aborted, and the lease given back.
   */
  async run(signal: AbortSignal, onLeading: () => void): Promise<'lost' | 'stopped'> {
    const { clock, random, retryMs, log, identity } = this.#options
    while (!signal.aborted && !(await this.#acquired())) {
      await clock.sleep(retryMs * (1 + JITTER * random()), signal)
    }
    if (signal.aborted) return this.#released()
    log.info('leading', { identity })
    onLeading()
    while (this.leading) {
      await clock.sleep(retryMs, signal)
      if (signal.aborted) return this.#released()
      // A request that hangs must not hide that the time is up.
      const timeUp = new AbortController()
      await Promise.race([
        this.#acquired(),
        clock.sleep(Math.max(0, this.#heldUntil - clock.monotonic()), timeUp.signal),
      ])
      timeUp.abort()
    }
    log.error('lease lost', { identity })
    return 'lost'
  }

  async #acquired(): Promise<boolean> {
    try {
      return await this.#tryOnce()
    } catch (error) {
      const { code, message } = asOperatorError(error)
      if (code !== 'ApiConflict') this.#options.log.warn('lease not renewed', { code, message })
      // Whoever wrote it meanwhile is looked at next time.
      this.#own = undefined
      return false
    }
  }

  async #tryOnce(): Promise<boolean> {
    const { api, clock, identity, leaseMs, renewDeadlineMs } = this.#options
    const sentAt = clock.monotonic()
    const found = this.#own ?? (await api.get(this.#ref()))
    const record = found && recordOf(found)
    if (found && record && this.#own === undefined && this.#isHeldByAnother(record)) return false
    const mine = record?.['holderIdentity'] === identity
    const transitions = typeof record?.['leaseTransitions'] === 'number' ? record['leaseTransitions'] : 0
    const now = microTime(clock.now())
    const wanted: KubeObject = {
      ...(found ?? { apiVersion: API_VERSION, kind: KIND, metadata: this.#metadata() }),
      ...{
        spec: {
          ...record,
          holderIdentity: identity,
          leaseDurationSeconds: Math.ceil(leaseMs / 1000),
          acquireTime: mine ? (record?.['acquireTime'] ?? now) : now,
          renewTime: now,
          leaseTransitions: found === undefined || mine ? transitions : transitions + 1,
        },
      },
    }
    this.#own = await (found === undefined ? api.create(wanted) : api.replace(wanted))
    this.#heldUntil = sentAt + renewDeadlineMs
    return true
  }

  /** Not yet over, as far as this process has seen it. */
  #isHeldByAnother(record: JsonObject): boolean {
    const { clock, identity, leaseMs } = this.#options
    const { holderIdentity: holder, leaseDurationSeconds: seconds } = record
    const text = JSON.stringify(record)
    if (this.#seen?.record !== text) this.#seen = { record: text, at: clock.monotonic() }
    if (holder === identity || typeof holder !== 'string' || holder === '') return false
    const lasts = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : leaseMs
    return clock.monotonic() < this.#seen.at + lasts
  }

  /** The next one need not wait. Whatever goes wrong: then it waits. */
  async #released(): Promise<'stopped'> {
    const own = this.#own
    this.#heldUntil = Number.NEGATIVE_INFINITY
    if (own === undefined) return 'stopped'
    const now = microTime(this.#options.clock.now())
    const spec = { ...recordOf(own), holderIdentity: '', leaseDurationSeconds: 1, renewTime: now }
    await this.#options.api.replace({ ...own, ...{ spec } }).catch((error: unknown) => {
      this.#options.log.warn('lease not given back', { code: asOperatorError(error).code })
    })
    return 'stopped'
  }

  #metadata() {
    return { namespace: this.#options.namespace, name: this.#options.name }
  }

  #ref() {
    return { apiVersion: API_VERSION, kind: KIND, ...this.#metadata() }
  }
}

function recordOf(lease: KubeObject): JsonObject {
  const spec: Json | undefined = asJson(lease)['spec']
  return isObject(spec) ? spec : {}
}

/** metav1.MicroTime has six digits, always. */
function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}
