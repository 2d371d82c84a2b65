import { Agent, fetch as fetchWith } from 'undici'
import { OperatorError } from '#src/domain/errors.ts'
import { isObject, type Json } from '#src/domain/json.ts'
import { RequestFailed } from './language-model.ts'

export interface RequestLimits {
  /** From the first byte sent to the last received, in milliseconds. */
  readonly timeout: number
  /** Headers of the package's own making that are sent on; all others (it tells a lot about this machine) are not. */
  readonly headers: readonly string[]
}

const LARGEST_ANSWER = 1024 * 1024
const LARGEST_REFUSAL = 16 * 1024

/**
 * Lets a provider's package send one request: bounded, to the configured host alone (no redirect is followed, no proxy
 * of the environment is used), and let go at the deadline or when the operator stops, which also ends the work on the
 * server. Throws RequestFailed, and ModelAnswerInvalid for what is no JSON, whatever the package made of it.
 */
export async function requestModel<T>(
  { timeout, headers }: RequestLimits,
  outer: AbortSignal | undefined,
  send: (fetch: typeof globalThis.fetch, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timer = AbortSignal.timeout(timeout)
  const signal = outer === undefined ? timer : AbortSignal.any([timer, outer])
  // Without limits of its own: the default of five minutes to the first header is shorter than a slow model's answer.
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  try {
    return await send(boundedFetch(agent, signal, headers), signal)
  } catch (error) {
    if (outer?.aborted) throw new RequestFailed('the operator is stopping', false)
    if (timer.aborted) throw new RequestFailed(`it did not answer within ${timeout / 1000} seconds`, false)
    throw ours(error) ?? new RequestFailed('the server cannot be reached', true, { cause: error })
  } finally {
    await agent.destroy()
  }
}

/* The packages wrap what our fetch throws. */
function ours(error: unknown): Error | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++) {
    if (each instanceof RequestFailed || each instanceof OperatorError) return each
    if (each instanceof SyntaxError)
      return new OperatorError('ModelAnswerInvalid', 'the server sent no JSON', { cause: error })
  }
  return undefined
}

/* Refusals never reach the package: some print them to the console, and retry on their own. */
function boundedFetch(
  dispatcher: Agent,
  signal: AbortSignal,
  names: readonly string[],
): typeof globalThis.fetch {
  return async (input, init) => {
    const { method = 'GET', body } = init ?? {}
    if (typeof body !== 'string') throw new TypeError('not a request of the package')
    const given = new Headers(init?.headers)
    const headers = Object.fromEntries(
      ['content-type', 'accept', ...names].flatMap((name) => {
        const value = given.get(name)
        return value === null ? [] : [[name, value]]
      }),
    )
    const response = await fetchWith(String(input), {
      ...{ method, body, dispatcher, signal, redirect: 'manual' },
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    })
    if (!response.ok) {
      const told = await boundedText(response.body ?? [], LARGEST_REFUSAL).catch(() => '')
      throw refusal(response.status, told, response.headers.get('retry-after') ?? undefined)
    }
    const text = await boundedText(response.body ?? [], LARGEST_ANSWER)
    return new Response(text, { status: response.status, headers: { 'content-type': 'application/json' } })
  }
}

/** Words of the providers' error objects (`error.code`, `error.type`) that say that another try would end the same. */
const LASTING = new Set(['insufficient_quota', 'billing_hard_limit_reached', 'context_length_exceeded'])

function refusal(status: number, body: string, retryAfter: string | undefined): RequestFailed {
  const word = errorWord(body)
  const told = word === undefined ? `HTTP ${status}` : `HTTP ${status}, ${word}`
  if (status === 404) return new RequestFailed(`the server does not have it (${told})`, false)
  if (status === 401 || status === 403)
    return new RequestFailed(`the server refused the key (${told})`, false)
  // 408, 409 and 5xx (529 is Claude's "overloaded") are what the packages themselves would send again.
  const transient = status === 408 || status === 409 || status === 429 || status >= 500
  return new RequestFailed(`the server refused (${told})`, transient && !LASTING.has(word ?? ''), {
    retryAfter,
  })
}

/* One word of a closed vocabulary; the sentence beside it may quote anything, our key included. */
function errorWord(body: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  const error = isObject(value) && isObject(value['error']) ? value['error'] : {}
  const isWord = (each: Json | undefined) => typeof each === 'string' && /^[a-z][a-z_]{2,59}$/.test(each)
  const word = [error['code'], error['type']].find(isWord)
  return typeof word === 'string' ? word : undefined
}

async function boundedText(
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  longest: number,
): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > longest) {
      throw new OperatorError('ModelAnswerInvalid', `the answer is longer than ${longest} characters`)
    }
  }
  return text + decoder.decode()
}
