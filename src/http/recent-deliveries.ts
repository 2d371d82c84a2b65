/**
 * Deliveries of late, by key. Work is done once per key; who asks again while it goes on shares its end. What failed is
 * forgotten, so that the forge may send it again. Holds at most `limit` keys, the oldest leave first.
 */
export class RecentDeliveries {
  readonly #limit: number
  readonly #recent = new Map<string, Promise<void>>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Resolves with `first` for whoever caused the work, `again` for the others; rejects as the work does. */
  async once(key: string, work: () => Promise<void>): Promise<'first' | 'again'> {
    const earlier = this.#recent.get(key)
    if (earlier !== undefined) {
      this.#remember(key, earlier)
      await earlier
      return 'again'
    }
    const now = work()
    this.#remember(key, now)
    try {
      await now
      return 'first'
    } catch (error) {
      if (this.#recent.get(key) === now) this.#recent.delete(key)
      throw error
    }
  }

  #remember(key: string, work: Promise<void>): void {
    this.#recent.delete(key)
    this.#recent.set(key, work)
    const [oldest] = this.#recent.keys()
    if (this.#recent.size > this.#limit && oldest !== undefined) this.#recent.delete(oldest)
  }
}
