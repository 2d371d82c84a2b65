import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { WorkQueue } from '#src/runtime/work-queue.ts'
import { runWorkers, type WorkersOptions } from '#src/runtime/workers.ts'
import { VirtualClock } from './virtual-clock.ts'

function setUp(options: Partial<WorkersOptions> & Pick<WorkersOptions, 'work'>) {
  const clock = new VirtualClock()
  const queue = new WorkQueue({
    clock,
    random: () => 0,
    backoff: { baseMs: 100, maxMs: 1_000, jitter: 0 },
    rate: { perSecond: 100, burst: 100 },
  })
  const running = runWorkers(queue, {
    concurrency: 2,
    retryOf: () => 'backoff',
    onError: () => {},
    ...options,
  })
  return { clock, queue, running }
}

test('never more keys at once than allowed, never one key twice, and all are worked on', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 50 })), {
        minLength: 1,
        maxLength: 30,
      }),
      fc.integer({ min: 1, max: 3 }),
      async (adds, concurrency) => {
        const active: string[] = []
        const seen = new Set<string>()
        const { clock, queue, running } = setUp({
          concurrency,
          work: async (key) => {
            assert.ok(!active.includes(key))
            active.push(key)
            seen.add(key)
            assert.ok(active.length <= concurrency)
            await clock.sleep(30)
            active.splice(active.indexOf(key), 1)
            return 'on-change'
          },
          onError: (_, error) => {
            throw error
          },
        })
        for (const [key, pause] of adds) {
          queue.add(key)
          await clock.advance(pause)
        }
        await clock.advance(5_000)
        queue.shutDown()
        await running
        assert.deepEqual([...seen].sort(), [...new Set(adds.map(([key]) => key))].sort())
      },
    ),
    { numRuns: 40 },
  )
})

test('work that asks to be done again after a time is', async () => {
  const at: number[] = []
  const { clock, queue, running } = setUp({
    work: async () => {
      at.push(clock.monotonic())
      return { afterMs: 250 }
    },
  })
  queue.add('web')
  await clock.advance(1_000)
  queue.shutDown()
  await running
  assert.deepEqual(at, [0, 250, 500, 750, 1_000])
})

test('a failure is retried as its error asks: with backoff, after its own time, or not before a change', async () => {
  const at: Record<string, number[]> = { backoff: [], after: [], never: [] }
  const failures: string[] = []
  const { clock, queue, running } = setUp({
    work: async (key) => {
      at[key]?.push(clock.monotonic())
      throw new Error(key)
    },
    retryOf: (error) => {
      const reason = error instanceof Error ? error.message : ''
      return reason === 'after' ? { afterMs: 300 } : reason === 'never' ? 'never' : 'backoff'
    },
    onError: (key) => failures.push(key),
  })
  for (const key of Object.keys(at)) queue.add(key)
  await clock.advance(701)
  queue.add('never')
  await turn()
  queue.shutDown()
  await running
  assert.deepEqual(at, { backoff: [0, 100, 300, 700], after: [0, 300, 600], never: [0, 701] })
  assert.equal(failures.length, 9)
})

test('shutting down waits for the work in hand', async () => {
  let finished = false
  const { clock, queue, running } = setUp({
    work: async () => {
      await clock.sleep(1_000)
      finished = true
      return 'on-change'
    },
  })
  queue.add('web')
  await turn()
  queue.shutDown()
  let ended = false
  void running.then(() => {
    ended = true
  })
  await clock.advance(999)
  assert.equal(ended, false)
  await clock.advance(1)
  await running
  assert.equal(finished, true)
})
