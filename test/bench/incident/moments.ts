const PATIENCE = 120_000

/** When something first happened, for those who wait for it and for those who ask later. */
export class Moments {
  readonly #noted = new Map<string, number>()
  readonly #waiting = new Map<string, (at: number) => void>()

  note(what: string): void {
    if (this.#noted.has(what)) return
    const at = performance.now()
    this.#noted.set(what, at)
    this.#waiting.get(what)?.(at)
  }

  /** Of performance.now(). */
  async at(what: string): Promise<number> {
    const known = this.#noted.get(what)
    if (known !== undefined) return known
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.#waiting.set(what, resolve)
    const timer = setTimeout(() => reject(new Error(`still not: ${what}`)), PATIENCE)
    return promise.finally(() => clearTimeout(timer))
  }
}
