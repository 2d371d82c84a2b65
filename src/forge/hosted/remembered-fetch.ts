import type { BoundedCache } from '#src/runtime/bounded-cache.ts'
import type { Fetch } from './guarded-fetch.ts'

/** An answer that may be had again for nothing: GitHub does not count a 304 against the limit. */
export interface RememberedAnswer {
  readonly etag: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** What is kept beside the body: paging, and what the answer is. */
const KEPT = ['content-type', 'link', 'etag']
const LARGEST = 512 * 1024

/**
 * Asks with the ETag of the last answer and serves that answer after a 304. Nothing is served unasked: the forge is asked
 * every time. An ETag of another token's answer simply does not match.
 */
export function rememberedFetch(memory: BoundedCache<RememberedAnswer>, fetch: Fetch): Fetch {
  return async (input, init = {}) => {
    if ((init.method ?? 'GET').toUpperCase() !== 'GET') return fetch(input, init)
    const url = String(input instanceof Request ? input.url : input)
    const known = memory.get(url)
    const headers = new Headers(init.headers)
    if (known) headers.set('if-none-match', known.etag)
    const response = await fetch(input, { ...init, headers: Object.fromEntries(headers) })
    if (response.status === 304 && known) return new Response(known.body, { headers: known.headers })
    const etag = response.headers.get('etag')
    if (response.status !== 200 || etag === null) return response
    const body = await response.text()
    const kept = Object.fromEntries([...response.headers].filter(([name]) => KEPT.includes(name)))
    if (body.length <= LARGEST) memory.set(url, { etag, body, headers: kept }, body.length + url.length)
    else memory.delete(url)
    return new Response(body, { status: 200, headers: kept })
  }
}
