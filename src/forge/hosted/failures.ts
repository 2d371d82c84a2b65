import { OperatorError } from '#src/domain/errors.ts'
import { isObject } from '#src/domain/json.ts'
import { oneLine } from '#src/forge/text/visible.ts'

/** An answer other than success, or none at all, as Octokit's RequestError tells it. */
export interface Failure {
  /** Undefined when no answer came. */
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  /** What the forge said, or what the network said. Untrusted. */
  readonly message: string
}

const MINUTE = 60_000
/** Longer than the hour in which GitHub's primary limit is renewed, nobody is made to wait. */
const LONGEST_WAIT = 65 * MINUTE

/**
 * Translates into the codes of the `forge` room. The forge's own words are shown, the request (it carries the token) is
 * not, not even as `cause`. Limits: docs.github.com "Rate limits for the REST API": 403 or 429; Retry-After in seconds;
 * else x-ratelimit-reset in epoch seconds where nothing remains; else at least a minute.
 */
export function forgeError(failure: Failure, object: string, doing: string): OperatorError {
  const { status, message } = failure
  const said = oneLine(message, 300)
  if (status === undefined) {
    return new OperatorError('ForgeUnreachable', `no answer while ${doing}: ${said}`, { object })
  }
  const afterMs = rateLimitOf(failure)
  if (afterMs !== undefined) {
    return new OperatorError('ForgeRateLimited', `the forge asks to wait ${Math.ceil(afterMs / 1000)} s`, {
      object,
      retry: { afterMs },
    })
  }
  const answered = `the forge answered ${status} while ${doing}: ${said}`
  if (status === 401 || status === 403) return new OperatorError('ForgeAuth', answered, { object })
  if (status === 404) {
    return new OperatorError('ForgeAuth', `${answered}; it does not exist, or the token may not see it`, {
      object,
    })
  }
  if (status >= 500 || status === 408) return new OperatorError('ForgeUnreachable', answered, { object })
  // A branch pushed a moment ago may not be known everywhere yet.
  const unknownHead = status === 422 && /"field":"head","code":"invalid"/.test(message)
  return new OperatorError('ForgeRejected', answered, { object, ...(unknownHead && { retry: 'backoff' }) })
}

/** Milliseconds to wait, or undefined when it is not about limits. */
export function rateLimitOf({ status, headers, message }: Failure): number | undefined {
  if (status !== 403 && status !== 429) return undefined
  const retryAfter = seconds(headers['retry-after'])
  if (retryAfter !== undefined) return bounded(retryAfter * 1000)
  if (headers['x-ratelimit-remaining'] === '0') {
    const reset = seconds(headers['x-ratelimit-reset'])
    // Against the forge's own clock: ours may be wrong.
    const now = Date.parse(String(headers['date']))
    if (reset !== undefined && !Number.isNaN(now)) return bounded(reset * 1000 - now + 1000)
    return MINUTE
  }
  // A secondary limit without headers is told from a missing permission by nothing but its text.
  return status === 429 || /rate limit|abuse detection/i.test(message) ? MINUTE : undefined
}

function seconds(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : undefined
}

function bounded(milliseconds: number): number {
  return Math.min(Math.max(milliseconds, 1000), LONGEST_WAIT)
}

/** Anything Octokit threw. What is not an answer is a failure of the network, unless we threw it ourselves. */
export function failureOf(error: unknown): Failure | OperatorError {
  if (error instanceof OperatorError) return error
  if (!(error instanceof Error)) return { status: undefined, headers: {}, message: 'unknown' }
  if (error.cause instanceof OperatorError) return error.cause
  const response = 'response' in error && isObject(error.response) ? error.response : undefined
  const status = response?.['status']
  if (typeof status !== 'number') return { status: undefined, headers: {}, message: networkMessage(error) }
  const headers = response?.['headers']
  return { status, headers: isObject(headers) ? headers : {}, message: error.message }
}

function networkMessage(error: Error): string {
  for (let here: unknown = error; here instanceof Error; here = here.cause) {
    if (here.name === 'TimeoutError' || here.name === 'AbortError') return 'timed out'
    if ('code' in here && typeof here.code === 'string') return here.code
  }
  return error.message
}
