import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode, Retry } from '#src/domain/errors.ts'
import { type Failure, forgeError } from '#src/forge/hosted/failures.ts'

const DATE = 'Fri, 02 Jan 2026 03:04:05 GMT'
const NOW = Date.parse(DATE) / 1000

const CASES: Readonly<Record<string, readonly [Partial<Failure>, ErrorCode, Retry]>> = {
  'no answer is a forge that cannot be reached': [{ status: undefined }, 'ForgeUnreachable', 'backoff'],
  'a bad gateway is a forge that cannot be reached': [{ status: 502 }, 'ForgeUnreachable', 'backoff'],
  'bad credentials are a matter of access': [{ status: 401 }, 'ForgeAuth', 'backoff'],
  'a missing permission is a matter of access': [
    { status: 403, message: 'Resource not accessible by personal access token' },
    'ForgeAuth',
    'backoff',
  ],
  'Retry-After is waited for': [
    { status: 403, headers: { 'retry-after': '17' }, message: 'You have exceeded a secondary rate limit' },
    'ForgeRateLimited',
    { afterMs: 17_000 },
  ],
  "the primary limit is waited for until its reset, by the forge's own clock": [
    {
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 90), date: DATE },
    },
    'ForgeRateLimited',
    { afterMs: 91_000 },
  ],
  'a reset that has passed is waited for a second': [
    {
      status: 429,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW - 90), date: DATE },
    },
    'ForgeRateLimited',
    { afterMs: 1000 },
  ],
  'a secondary limit without a time is waited for a minute': [
    { status: 403, message: 'You have exceeded a secondary rate limit. Please wait.' },
    'ForgeRateLimited',
    { afterMs: 60_000 },
  ],
  'too many requests without a time is waited for a minute': [
    { status: 429 },
    'ForgeRateLimited',
    { afterMs: 60_000 },
  ],
  'a wait of years is not believed': [
    { status: 429, headers: { 'retry-after': '99999999' } },
    'ForgeRateLimited',
    { afterMs: 65 * 60_000 },
  ],
  'a validation error ends the incident': [
    { status: 422, message: 'No commits between main and x' },
    'ForgeRejected',
    'never',
  ],
  'a branch that the forge does not know yet is tried again': [
    { status: 422, message: 'Validation Failed: {"resource":"PullRequest","field":"head","code":"invalid"}' },
    'ForgeRejected',
    'backoff',
  ],
}
for (const [title, [failure, code, retry]] of Object.entries(CASES)) {
  test(title, () => {
    const error = forgeError(
      { status: 0, headers: {}, message: '', ...failure },
      'repository acme/infra',
      'asking',
    )
    assert.deepEqual([error.code, error.retry], [code, retry])
    assert.match(error.message, /^repository acme\/infra: /)
  })
}

test('what the forge says is shown on one line, bounded, with nothing invisible in it', () => {
  const message = `a\nb\u202e\u001b[31m${'x'.repeat(1000)}`
  const error = forgeError({ status: 422, headers: {}, message }, 'repository acme/infra', 'asking')
  assert.match(error.message, /a b\[U\+202E\]\[U\+001B\]\[31mx+…$/)
  assert.ok(error.message.length < 400)
})
