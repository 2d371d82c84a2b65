import type { World } from '#src/reconcile/world.ts'

/** A call that changes something outside the process, as `port.method#n`: the n-th of its kind. */
export type KillPoint = string

/** Calls that only read: dying before or after them is dying between two others. */
const READS: ReadonlySet<string> = new Set([
  'remediations.read',
  'remediations.list',
  'executor.dryRun',
  'manifests.fetch',
  'manifests.trace',
  'manifests.declared',
  'manifests.history',
  'manifests.edit',
  'manifests.renderAt',
  'manifests.branch',
  'manifests.mergeBase',
  'manifests.isAncestor',
  'manifests.commit',
  'manifests.baseCommits',
  'pullRequests.repositoryId',
  'pullRequests.find',
  'pullRequests.read',
])

/** What a dead process answers: nothing, ever. */
const nothing = () => new Promise<never>(() => undefined)

/**
 * Watches or kills. Every port of the world is wrapped, so the list of kill points comes from the calls that the code
 * makes and not from anybody's memory of them; a new port method is a kill point by itself.
 */
export class Executioner {
  readonly calls: KillPoint[] = []
  readonly #counts = new Map<string, number>()
  readonly #at: { readonly point: KillPoint; readonly when: 'before' | 'after' } | undefined
  readonly #dead: () => void
  /** Resolves when the process has died. */
  readonly died: Promise<void>
  #isDead = false

  constructor(at?: { readonly point: KillPoint; readonly when: 'before' | 'after' }) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#at = at
    this.died = promise
    this.#dead = resolve
  }

  readonly around = (world: World): World => ({
    ...world,
    remediations: this.#wrap('remediations', world.remediations),
    executor: this.#wrap('executor', world.executor),
    engines: this.#wrap('engines', world.engines),
    repositories: {
      all: () =>
        world.repositories.all().map((repository) => ({
          ...repository,
          manifests: this.#wrap('manifests', repository.manifests),
          pullRequests: this.#wrap('pullRequests', repository.pullRequests),
        })),
    },
  })

  #wrap<T extends object>(port: string, target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        const method = `${port}.${String(name)}`
        return (...args: unknown[]) => this.#call(method, () => Reflect.apply(member, target, args))
      },
    })
  }

  async #call(method: string, call: () => unknown): Promise<unknown> {
    if (this.#isDead) return nothing()
    if (READS.has(method)) return call()
    const count = (this.#counts.get(method) ?? 0) + 1
    this.#counts.set(method, count)
    const point = `${method}#${count}`
    this.calls.push(point)
    if (this.#at?.point === point && this.#at.when === 'before') return this.#die()
    const answer = await call()
    if (this.#at?.point === point && this.#at.when === 'after') return this.#die()
    return this.#isDead ? nothing() : answer
  }

  #die(): Promise<never> {
    this.#isDead = true
    this.#dead()
    return nothing()
  }
}
