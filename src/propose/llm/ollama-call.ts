import { Ollama } from 'ollama'
import { Agent, fetch as fetchWith } from 'undici'
import { OperatorError } from '#src/domain/errors.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Message } from './prompt.ts'

export interface OllamaSettings {
  readonly url: string
  readonly model: string
  /** How long one request may take, in milliseconds. */
  readonly timeout: number
  /** Further tries after transient errors: the server cannot be reached, 429, or 5xx. */
  readonly retries: number
  readonly contextTokens: number
}

/** Tokens as the server counts them. */
export interface TokenUse {
  readonly prompt: number
  readonly answer: number
}

interface Answered {
  readonly content: string
  readonly tokens: TokenUse
}

export interface OllamaCallDeps {
  readonly clock: Clock
  /** Told of every request: how it ended, how many seconds it took, and what it used where the server says so. */
  readonly observe: (outcome: 'answered' | 'failed', seconds: number, tokens?: TokenUse) => void
  /** Ends requests and waits when the operator stops. */
  readonly signal?: AbortSignal
}

/** Tokens that an answer may take; one cut short there does not parse. */
export const ANSWER_TOKENS = 600
const LARGEST_ANSWER = 1024 * 1024
const FIRST_PAUSE = 500

/* What one request ended in, where it did not end in an answer. */
class RequestFailed extends Error {
  readonly transient: boolean

  constructor(message: string, transient: boolean, cause?: unknown) {
    super(message, { cause })
    this.transient = transient
  }
}

/**
 * One answer of an Ollama server in the given JSON format, at temperature 0. Throws OperatorError ModelUnreachable when
 * the server cannot be reached, refuses, has not the model, or does not answer in time; ModelAnswerInvalid when what it
 * sends is not Ollama's protocol.
 */
export async function askOllama(
  settings: OllamaSettings,
  messages: readonly Message[],
  format: object,
  deps: OllamaCallDeps,
): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await observed(deps, () => request(settings, messages, format, deps.signal))
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error
      if (!error.transient || attempt >= settings.retries || deps.signal?.aborted) {
        throw new OperatorError('ModelUnreachable', error.message, {
          object: `model ${settings.model}`,
          cause: error,
        })
      }
      await deps.clock.sleep(FIRST_PAUSE * 2 ** attempt, deps.signal)
    }
  }
}

async function observed({ clock, observe }: OllamaCallDeps, work: () => Promise<Answered>): Promise<string> {
  const started = clock.monotonic()
  const seconds = () => (clock.monotonic() - started) / 1000
  try {
    const result = await work()
    observe('answered', seconds(), result.tokens)
    return result.content
  } catch (error) {
    observe('failed', seconds())
    throw error
  }
}

/* A client of its own per request: the package's abort() leaves requests that do not stream pending for ever. */
async function request(
  settings: OllamaSettings,
  messages: readonly Message[],
  format: object,
  outer: AbortSignal | undefined,
): Promise<Answered> {
  const timer = AbortSignal.timeout(settings.timeout)
  const signal = outer === undefined ? timer : AbortSignal.any([timer, outer])
  // Without limits of its own: the default of five minutes to the first header is shorter than a slow model's answer.
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  const client = new Ollama({ host: settings.url, fetch: boundedFetch(agent, signal) })
  try {
    const answer = await client.chat({
      model: settings.model,
      messages: [...messages],
      format,
      stream: false,
      options: { temperature: 0, seed: 1, num_ctx: settings.contextTokens, num_predict: ANSWER_TOKENS },
    })
    const { prompt_eval_count: prompt, eval_count: tokens } = answer
    if (typeof answer.message?.content === 'string')
      return { content: answer.message.content, tokens: { prompt: prompt ?? 0, answer: tokens ?? 0 } }
    throw new OperatorError('ModelAnswerInvalid', 'the server answered without a message')
  } catch (error) {
    if (timer.aborted)
      throw new RequestFailed(`it did not answer within ${settings.timeout / 1000} seconds`, false)
    if (outer?.aborted) throw new RequestFailed('the operator is stopping', false)
    if (error instanceof SyntaxError) {
      throw new OperatorError('ModelAnswerInvalid', 'the server sent no JSON', { cause: error })
    }
    if (error instanceof RequestFailed || error instanceof OperatorError) throw error
    throw new RequestFailed('the server cannot be reached', true, error)
  } finally {
    await agent.destroy()
  }
}

/* Bodies are bounded, redirects not followed; refusals never reach the package, which prints them to the console. */
function boundedFetch(dispatcher: Agent, signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    const { method = 'GET', body } = init ?? {}
    if (typeof input !== 'string' || typeof body !== 'string')
      throw new TypeError('not a request of the package')
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const response = await fetchWith(input, { method, body, headers, dispatcher, signal, redirect: 'manual' })
    if (!response.ok) {
      await response.body?.cancel()
      throw refusal(response.status)
    }
    return new Response(await boundedText(response.body ?? []), { status: response.status })
  }
}

function refusal(status: number): RequestFailed {
  if (status === 404) return new RequestFailed('the server does not have it: run `ollama pull` there', false)
  return new RequestFailed(`the server refused (HTTP ${status})`, status >= 500 || status === 429)
}

async function boundedText(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > LARGEST_ANSWER) {
      throw new OperatorError('ModelAnswerInvalid', `the answer is longer than ${LARGEST_ANSWER} characters`)
    }
  }
  return text + decoder.decode()
}
