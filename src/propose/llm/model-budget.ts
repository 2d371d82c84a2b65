import { OperatorError } from '#src/domain/errors.ts'
import type { TokenUse } from '#src/domain/model-provider.ts'
import type { Clock } from '#src/runtime/clock.ts'

/** What language models may use, all providers together. Tokens of prompt and answer; money in US cents. */
export interface BudgetLimits {
  readonly tokensPerIncident: number
  readonly tokensPerHour: number
  readonly centsPerIncident: number
  readonly centsPerHour: number
}

/** US cents for a million tokens; 0 for a model that costs nothing by the token. */
export interface Price {
  readonly prompt: number
  readonly answer: number
}

/** Replaces what was reserved by what was used; without a figure the reservation stands. */
export type Settle = (used: TokenUse | undefined) => void

interface Spent {
  readonly at: number
  readonly incident: string
  tokens: number
  cents: number
}

const HOUR = 3_600_000
/** An incident's share is forgotten a day after its last request. */
const REMEMBERED = 24 * HOUR

/**
 * Keeps what models use within bounds: before a request the most that it can use is set aside, so that requests under
 * way together stay within them too. Kept in memory: a restart begins anew.
 */
export class ModelBudget {
  readonly #limits: BudgetLimits
  readonly #clock: Pick<Clock, 'monotonic'>
  #spent: Spent[] = []

  constructor(limits: BudgetLimits, clock: Pick<Clock, 'monotonic'>) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Throws ModelBudgetSpent where the request would not fit any more. */
  reserve(incident: string, most: TokenUse, price: Price): Settle {
    const now = this.#clock.monotonic()
    this.#spent = this.#spent.filter(({ at }) => now - at < REMEMBERED)
    const wanted = { at: now, incident, tokens: most.prompt + most.answer, cents: cents(most, price) }
    const hour = total(
      this.#spent.filter(({ at }) => now - at < HOUR),
      wanted,
    )
    const own = total(
      this.#spent.filter((each) => each.incident === incident),
      wanted,
    )
    const { tokensPerHour, centsPerHour, tokensPerIncident, centsPerIncident } = this.#limits
    const why =
      over('tokens for one incident', own.tokens, tokensPerIncident) ??
      over('cents for one incident', own.cents, centsPerIncident) ??
      over('tokens for an hour', hour.tokens, tokensPerHour) ??
      over('cents for an hour', hour.cents, centsPerHour)
    if (why !== undefined) throw new OperatorError('ModelBudgetSpent', why)
    this.#spent.push(wanted)
    return (used) => {
      if (used === undefined) return
      wanted.tokens = used.prompt + used.answer
      wanted.cents = cents(used, price)
    }
  }
}

export function cents({ prompt, answer }: TokenUse, price: Price): number {
  return (prompt * price.prompt + answer * price.answer) / 1_000_000
}

function total(spent: readonly Spent[], wanted: Spent): Pick<Spent, 'tokens' | 'cents'> {
  const sum = (of: (each: Spent) => number) => [...spent, wanted].reduce((all, each) => all + of(each), 0)
  return { tokens: sum(({ tokens }) => tokens), cents: sum((each) => each.cents) }
}

function over(what: string, wanted: number, limit: number): string | undefined {
  return wanted <= limit ? undefined : `another request could pass the limit of ${limit} ${what}`
}
