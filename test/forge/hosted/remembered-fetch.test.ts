import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RememberedAnswer, rememberedFetch } from '#src/forge/hosted/remembered-fetch.ts'
import { BoundedCache } from '#src/runtime/bounded-cache.ts'

/** A forge with one thing that has a version. */
function forge() {
  const state = { version: 1, asked: [] as string[] }
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const headers = new Headers(init?.headers)
    state.asked.push(headers.get('if-none-match') ?? '')
    const etag = `"${state.version}"`
    if (headers.get('if-none-match') === etag) return new Response(null, { status: 304 })
    return new Response(`{"version":${state.version}}`, { headers: { etag, link: '<x>; rel="next"' } })
  }
  return { state, fetch: rememberedFetch(new BoundedCache<RememberedAnswer>(10_000), fetch) }
}

test('what did not change is served from memory after the forge said so, paging included', async () => {
  const { state, fetch } = forge()
  const versions: unknown[] = []
  for (const version of [1, 1, 2, 2]) {
    state.version = version
    const answer = await fetch('http://forge.test/pulls?page=1')
    assert.equal(answer.headers.get('link'), '<x>; rel="next"')
    versions.push(await answer.json())
  }
  assert.deepEqual(
    versions,
    [1, 1, 2, 2].map((version) => ({ version })),
  )
  assert.deepEqual(state.asked, ['', '"1"', '"1"', '"2"'])
})

test('nothing but reading is asked conditionally', async () => {
  const { state, fetch } = forge()
  await fetch('http://forge.test/pulls')
  await fetch('http://forge.test/pulls', { method: 'POST' })
  assert.deepEqual(state.asked, ['', ''])
})
