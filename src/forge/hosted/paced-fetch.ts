import { rateLimitOf } from './failures.ts'
import type { Fetch } from './guarded-fetch.ts'
import type { Pace } from './pace.ts'

/**
 * Every request in its turn. What the forge says about limits counts for all requests of the account from then on, so that
 * one answer stops a whole storm; the answer itself goes to the caller.
 */
export function pacedFetch(pace: Pace, fetch: Fetch): Fetch {
  return async (input, init) => {
    const method = (init?.method ?? 'GET').toUpperCase()
    const send = async () => {
      const response = await fetch(input, init)
      await noteLimit(pace, response)
      return response
    }
    if (method === 'GET' || method === 'HEAD') return pace.read(send)
    return pace.write(method === 'POST' ? 'content' : 'change', send)
  }
}

async function noteLimit(pace: Pace, response: Response): Promise<void> {
  if (response.status !== 403 && response.status !== 429) return
  const message = await response
    .clone()
    .text()
    .catch(() => '')
  const headers = Object.fromEntries(response.headers)
  const afterMs = rateLimitOf({ status: response.status, headers, message })
  if (afterMs !== undefined) pace.closeFor(afterMs)
}
