/** One answer of a server that the configuration names. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

const TIMEOUT = 10_000
/** Lists of tags and models are the longest answers. */
const LONGEST = 2 ** 20

/**
 * Asks for JSON. Follows no redirect: credentials go to the configured host and nowhere else. Rejects with node's own
 * error when there is no answer; a body that is no JSON, or too long, is undefined.
 */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, {
    ...init,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: parsed(text) }
}

function parsed(text: string): unknown {
  if (text.length > LONGEST) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Why there was no answer: the code of the network's error, never an address with credentials in it. */
export function networkReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${TIMEOUT / 1000} s`
  return 'it does not answer'
}
