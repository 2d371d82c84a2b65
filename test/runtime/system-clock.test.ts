import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#src/runtime/system-clock.ts'

test('an aborted sleep ends without an error, before and while it sleeps', async () => {
  await systemClock.sleep(3_600_000, AbortSignal.abort())
  const controller = new AbortController()
  const sleeping = systemClock.sleep(3_600_000, controller.signal)
  controller.abort()
  assert.equal(await sleeping, undefined)
})

test('a sleep longer than the longest timer does not end at once', async () => {
  const controller = new AbortController()
  let ended = false
  const sleeping = systemClock.sleep(2 ** 40, controller.signal).then(() => {
    ended = true
  })
  await systemClock.sleep(5)
  assert.equal(ended, false)
  controller.abort()
  await sleeping
})
