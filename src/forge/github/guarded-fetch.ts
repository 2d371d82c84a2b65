import { OperatorError } from '#src/domain/errors.ts'

export type Fetch = typeof globalThis.fetch

export interface GuardOptions {
  readonly baseUrl: string
  /** Asked before every request, so that a rotated token is used at once. */
  readonly token: () => Promise<string>
  readonly fetch: Fetch
  /** From the request to the last byte of the answer, in milliseconds. */
  readonly timeoutMs: number
}

/**
 * The only way to the forge: adds the token here and nowhere else (so that no error of Octokit's can hold it), only
 * towards the configured origin, follows no redirect, and ends with the time-out.
 */
export function guardedFetch({ baseUrl, token, fetch, timeoutMs }: GuardOptions): Fetch {
  const { origin } = new URL(baseUrl)
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (url.origin !== origin) {
      throw new OperatorError('ForgeRejected', `refused to send a request to ${url.origin}`, {
        object: origin,
      })
    }
    const headers = new Headers(init.headers)
    headers.set('authorization', `token ${await token()}`)
    const deadline = AbortSignal.timeout(timeoutMs)
    const response = await fetch(url, {
      ...init,
      // A plain object: injected implementations spread it.
      headers: Object.fromEntries(headers),
      redirect: 'manual',
      signal: init.signal ? AbortSignal.any([init.signal, deadline]) : deadline,
    })
    if (response.status >= 300 && response.status < 400 && response.status !== 304) {
      await response.body?.cancel()
      throw new OperatorError(
        'ForgeRejected',
        `the forge answered ${response.status}: the repository was renamed or moved; correct the configuration`,
        { object: origin },
      )
    }
    return response
  }
}
