import type { OperatorError } from '#src/domain/errors.ts'

/**
 * A door that can be closed while people are inside: from then on every call through it fails with the reason, also one
 * that was under way, and closing has ended when the work behind those calls has.
 */
export class ClosingGate {
  /** The work under way, and how to give up waiting for it. */
  readonly #underWay = new Map<Promise<unknown>, (why: OperatorError) => void>()
  #closed: OperatorError | undefined

  /** The same port, all of whose methods go through this gate; they have to return promises. */
  around<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (_, name) => {
        const member: unknown = Reflect.get(port, name, port)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => this.#pass(async () => Reflect.apply(member, port, args))
      },
    })
  }

  async close(why: OperatorError): Promise<void> {
    this.#closed ??= why
    for (const giveUp of this.#underWay.values()) giveUp(why)
    await Promise.allSettled(this.#underWay.keys())
  }

  #pass(call: () => Promise<unknown>): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      const work = call()
      this.#underWay.set(work, reject)
      work.then(resolve, reject).finally(() => this.#underWay.delete(work))
    })
  }
}
