import { type Backoff, backoffDelay } from './backoff.ts'
import type { Clock } from './clock.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

export interface WorkQueueOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  /** 0 ≤ x < 1, as Math.random. */
  readonly random: () => number
  readonly backoff: Backoff
  /** Overall rate of retries, whatever the keys (client-go's bucket limiter): fresh work is never slowed by it. */
  readonly rate: Rate
}

/**
 * Keys waiting for work, after client-go's workqueue. Invariants: a key waits at most once; a key being worked on is
 * never handed out a second time; an add during work hands the key out again afterwards; keys leave in the order in
 * which they became ready.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #bucket: TokenBucket
  /** Ready keys in order; a Set, so each is there once. */
  readonly #ready = new Set<string>()
  readonly #working = new Set<string>()
  /** Added while being worked on. */
  readonly #again = new Set<string>()
  readonly #delayed = new Map<string, { readonly at: number; readonly cancel: AbortController }>()
  readonly #failures = new Map<string, number>()
  readonly #takers: ((key: string | undefined) => void)[] = []
  #closed = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
    this.#bucket = new TokenBucket(options.clock, options.rate)
  }

  /** Keys ready and not yet handed out. */
  get waiting(): number {
    return this.#ready.size
  }

  /** Keys that become ready later. */
  get delayed(): number {
    return this.#delayed.size
  }

  get working(): number {
    return this.#working.size
  }

  add(key: string): void {
    if (this.#closed) return
    if (this.#working.has(key)) this.#again.add(key)
    else this.#makeReady(key)
  }

  /** Adds the key after so many milliseconds; of several delays the one that ends first counts. */
  addAfter(key: string, milliseconds: number): void {
    if (this.#closed) return
    if (milliseconds <= 0) {
      this.add(key)
      return
    }
    const at = this.#options.clock.monotonic() + milliseconds
    const earlier = this.#delayed.get(key)
    if (earlier !== undefined && earlier.at <= at) return
    earlier?.cancel.abort()
    const cancel = new AbortController()
    this.#delayed.set(key, { at, cancel })
    void this.#options.clock.sleep(milliseconds, cancel.signal).then(() => {
      if (cancel.signal.aborted) return
      this.#delayed.delete(key)
      this.add(key)
    })
  }

  /** Adds the key after one more failure: the later of its own backoff and the overall rate. */
  addRateLimited(key: string): void {
    if (this.#closed) return
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    const { backoff, random } = this.#options
    this.addAfter(key, Math.max(backoffDelay(backoff, failures, random), this.#bucket.reserve()))
  }

  /** The key did well: its next failure waits the shortest time again. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** The next ready key, as soon as there is one; undefined once the queue is shut down. Pair with `done`. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined)
    const [key] = this.#ready
    if (key === undefined) return new Promise((resolve) => this.#takers.push(resolve))
    this.#ready.delete(key)
    this.#working.add(key)
    return Promise.resolve(key)
  }

  /** Ends the work on a key that `take` handed out. */
  done(key: string): void {
    this.#working.delete(key)
    if (this.#again.delete(key)) this.add(key)
  }

  /**
   * Hands out nothing more and forgets what waits: all state lives in the API server, and whoever leads next lists
   * it. Work already handed out goes on; `runWorkers` resolves when it has ended.
   */
  shutDown(): void {
    this.#closed = true
    this.#ready.clear()
    this.#again.clear()
    for (const { cancel } of this.#delayed.values()) cancel.abort()
    this.#delayed.clear()
    for (const taker of this.#takers.splice(0)) taker(undefined)
  }

  #makeReady(key: string): void {
    const taker = this.#takers.shift()
    if (taker === undefined) {
      this.#ready.add(key)
      return
    }
    this.#working.add(key)
    taker(key)
  }
}
