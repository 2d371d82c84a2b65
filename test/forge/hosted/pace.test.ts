import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GITHUB_CONTENT, Pace } from '#src/forge/hosted/pace.ts'
import { pacedFetch } from '#src/forge/hosted/paced-fetch.ts'
import { rejectsWith } from '../contract.ts'

/** A clock that a test moves; sleeping moves it. */
function handClock() {
  const clock = {
    time: 0,
    monotonic: () => clock.time,
    sleep: async (milliseconds: number) => {
      clock.time += milliseconds
    },
  }
  return clock
}

const done = async () => 'done'

test('80 things may be created in a minute; the next one is left to the queue until the first is a minute old', async () => {
  const clock = handClock()
  const pace = new Pace(clock, GITHUB_CONTENT)
  for (let i = 0; i < 80; i++) await pace.write('content', done)
  clock.time = 10_000
  await assert.rejects(pace.write('content', done), (error: { retry?: unknown }) => {
    assert.deepEqual(error.retry, { afterMs: 50_000 })
    return rejectsWith('ForgeRateLimited')(error)
  })
  // Changes and reading go on.
  assert.deepEqual([await pace.write('change', done), await pace.read(done)], ['done', 'done'])
  clock.time = 56_000
  assert.equal(await pace.write('content', done), 'done')
  assert.equal(clock.time, 60_000, 'a short wait is waited')
})

test('in no hour more than 500, however slowly they come', async () => {
  const clock = handClock()
  const pace = new Pace(clock, GITHUB_CONTENT)
  const made: number[] = []
  while (clock.time < 3 * 3_600_000) {
    const outcome = await pace.write('content', done).catch(() => undefined)
    if (outcome !== undefined) made.push(clock.time)
    clock.time += outcome === undefined ? 60_000 : 1000
  }
  const most = (windowMs: number) =>
    Math.max(...made.map((end) => made.filter((at) => at <= end && at > end - windowMs).length))
  assert.deepEqual([most(60_000) <= 80, most(3_600_000)], [true, 500])
})

test('writes go one after the other, also after one that failed', async () => {
  const pace = new Pace(handClock(), [])
  const events: string[] = []
  const write = (name: string, outcome: () => Promise<void>) =>
    pace.write('change', async () => {
      events.push(`${name} begins`)
      await outcome()
      events.push(`${name} ends`)
    })
  const pause = () => new Promise<void>((resolve) => setImmediate(resolve))
  const failing = write('a', () => pause().then(() => Promise.reject(new Error('no'))))
  const second = write('b', pause)
  await assert.rejects(failing)
  await second
  assert.deepEqual(events, ['a begins', 'b begins', 'b ends'])
})

test('what the forge asks one request to wait, all requests of the account wait', async () => {
  const clock = handClock()
  const pace = new Pace(clock, GITHUB_CONTENT)
  let sent = 0
  const answers = [
    new Response('{"message":"You have exceeded a secondary rate limit"}', {
      status: 403,
      headers: { 'retry-after': '90' },
    }),
    new Response('{}'),
  ]
  const fetch = pacedFetch(pace, async () => {
    sent += 1
    return answers.shift() ?? new Response('{}')
  })
  assert.equal((await fetch('http://forge.test/a', { method: 'POST' })).status, 403)
  for (const method of ['GET', 'POST', 'PATCH']) {
    await assert.rejects(fetch('http://forge.test/b', { method }), rejectsWith('ForgeRateLimited'))
  }
  assert.equal(sent, 1)
  clock.time = 90_000
  assert.equal((await fetch('http://forge.test/b')).status, 200)
})

test('a missing permission stops nobody else', async () => {
  const fetch = pacedFetch(new Pace(handClock(), []), async () => new Response('{}', { status: 403 }))
  await fetch('http://forge.test/a')
  assert.equal((await fetch('http://forge.test/b')).status, 403)
})
