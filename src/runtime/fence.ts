/** Says no as soon as another replica might be at work. */
export interface Fence {
  /** Throws OperatorError LeaseLost unless this process still holds what it needs to write. */
  check(): void
}

/**
 * The same port, whose writing methods look at the fence first. `writes`: their names; all methods without it; of the
 * port itself, not of ports inside it. A fence is no lock: what was sent a moment before it fell still arrives, so every write also carries a precondition.
 */
export function fenced<T extends object>(port: T, fence: Fence, writes?: readonly (keyof T & string)[]): T {
  const guarded: ReadonlySet<string | symbol> | undefined = writes && new Set(writes)
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: readonly unknown[]) => {
        if (guarded === undefined || guarded.has(name)) fence.check()
        return Reflect.apply(value, target, args)
      }
    },
  })
}
