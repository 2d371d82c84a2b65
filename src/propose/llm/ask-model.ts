import { asOperatorError, OperatorError } from '#src/domain/errors.ts'
import type { ModelProvider, TokenUse } from '#src/domain/model-provider.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Slots } from '#src/runtime/slots.ts'
import { type LanguageModel, type Question, type Reply, RequestFailed } from './language-model.ts'
import { cents, type ModelBudget, type Price } from './model-budget.ts'
import { tokens } from './tokens.ts'

/** What became of one request. */
export interface RequestSample {
  readonly provider: ModelProvider
  readonly outcome: 'answered' | 'failed'
  readonly seconds: number
  readonly tokens?: TokenUse
  /** By the configured price. */
  readonly cents?: number
}

export interface AskDeps {
  readonly clock: Clock
  readonly observe: (sample: RequestSample) => void
  readonly budget: ModelBudget
  /** Requests at the same time, of all models. */
  readonly slots: Slots
  /** Ends requests and waits when the operator stops. */
  readonly signal?: AbortSignal
}

export interface Patience {
  /** Further tries after transient errors. */
  readonly retries: number
  readonly price: Price
}

const FIRST_PAUSE = 500
/** A provider that asks for a longer wait is asked again when the incident comes back, not before. */
const LONGEST_PAUSE = 60_000

/**
 * One answer, within the budget. What is transient is tried again after a pause that doubles, or after the one that the
 * server asks for. Throws ModelUnreachable, ModelBudgetSpent, ModelAnswerInvalid, CredentialsMissing.
 */
export async function askModel(
  model: LanguageModel,
  incident: string,
  question: Question,
  { retries, price }: Patience,
  deps: AskDeps,
): Promise<Reply> {
  const { clock, signal } = deps
  for (let attempt = 0; ; attempt++) {
    try {
      return await deps.slots.run(() => request(model, incident, question, price, deps))
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error
      const pause = Math.max(FIRST_PAUSE * 2 ** attempt, askedPause(error, clock.now()))
      if (!error.transient || attempt >= retries || pause > LONGEST_PAUSE || signal?.aborted) {
        const about = { object: `model ${model.model}`, cause: error }
        throw new OperatorError('ModelUnreachable', error.message, about)
      }
      await clock.sleep(pause, signal)
    }
  }
}

async function request(
  model: LanguageModel,
  incident: string,
  question: Question,
  price: Price,
  { clock, observe, budget, signal }: AskDeps,
): Promise<Reply> {
  const settle = budget.reserve(incident, mostOf(question), price)
  const started = clock.monotonic()
  const sample = () => ({ provider: model.provider, seconds: (clock.monotonic() - started) / 1000 })
  try {
    const reply = await model.answer(question, signal)
    settle(reply.tokens)
    observe({ ...sample(), outcome: 'answered', tokens: reply.tokens, cents: cents(reply.tokens, price) })
    return reply
  } catch (error) {
    // A request that was refused cost nothing; one that was let go may have been worked on.
    if (error instanceof RequestFailed && error.transient) settle({ prompt: 0, answer: 0 })
    if (asOperatorError(error).code === 'CredentialsMissing') settle({ prompt: 0, answer: 0 })
    observe({ ...sample(), outcome: 'failed' })
    throw error
  }
}

function mostOf({ messages, answerTokens }: Question): TokenUse {
  return { prompt: messages.reduce((sum, { content }) => sum + tokens(content), 0), answer: answerTokens }
}

/* RFC 9110, 10.2.3: seconds, or a date. */
function askedPause({ retryAfter }: RequestFailed, now: number): number {
  if (retryAfter === undefined) return 0
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000
  const until = Date.parse(retryAfter)
  return Number.isNaN(until) ? 0 : Math.max(0, until - now)
}
