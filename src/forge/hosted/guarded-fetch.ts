import { OperatorError } from '#src/domain/errors.ts'

export type Fetch = typeof globalThis.fetch

export interface GuardOptions {
  readonly baseUrl: string
  /** See AccountAccess.token. */
  readonly token: (refused?: string) => Promise<string>
  /** `token` unless given; an App's own signature needs `Bearer`. */
  readonly scheme?: 'token' | 'Bearer'
  readonly fetch: Fetch
  /** From the request to the last byte of the answer, in milliseconds. */
  readonly timeoutMs: number
}

/**
 * The only way to the forge: adds the token here and nowhere else (so that no error of Octokit's can hold it), only
 * towards the configured origin, follows no redirect, and ends with the time-out. A request that was refused for its token
 * did nothing, so it is sent once more if there is a newer one.
 */
export function guardedFetch(options: GuardOptions): Fetch {
  const { baseUrl, token } = options
  const { origin } = new URL(baseUrl)
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (url.origin !== origin) {
      throw new OperatorError('ForgeRejected', `refused to send a request to ${url.origin}`, {
        object: origin,
      })
    }
    const first = await token()
    const response = await sendOnce(options, url, init, first)
    if (response.status !== 401) return response
    const second = await token(first)
    if (second === first) return response
    await response.body?.cancel()
    return sendOnce(options, url, init, second)
  }
}

async function sendOnce(
  { fetch, timeoutMs, scheme = 'token' }: GuardOptions,
  url: URL,
  init: RequestInit,
  token: string,
): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `${scheme} ${token}`)
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
      { object: url.origin },
    )
  }
  return response
}
