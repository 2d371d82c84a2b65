import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { WorkQueue } from '#src/runtime/work-queue.ts'
import { VirtualClock } from './virtual-clock.ts'

function queueOn(clock: VirtualClock): WorkQueue {
  return new WorkQueue({
    clock,
    random: () => 0,
    backoff: { baseMs: 100, maxMs: 1_000, jitter: 0 },
    rate: { perSecond: 10, burst: 1_000 },
  })
}

type Step =
  | { readonly do: 'add' | 'retry' | 'done'; readonly key: string }
  | { readonly do: 'addAfter'; readonly key: string; readonly ms: number }
  | { readonly do: 'take' }
  | { readonly do: 'advance'; readonly ms: number }

const key = fc.constantFrom('a', 'b', 'c', 'd')
const ms = fc.integer({ min: 0, max: 500 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('add' as const, 'retry' as const, 'done' as const), key }),
  fc.record({ do: fc.constant('addAfter' as const), key, ms }),
  fc.record({ do: fc.constant('take' as const) }),
  fc.record({ do: fc.constant('advance' as const), ms }),
)

/** Runs the steps and keeps the books that the invariants are about. */
async function play(steps: readonly Step[], queue: WorkQueue, clock: VirtualClock) {
  const working = new Set<string>()
  /** Keys added since they were last handed out. */
  const owed = new Set<string>()
  let takers = 0
  const added: string[] = []
  const taken: string[] = []
  const handOut = (handed: string | undefined) => {
    takers -= 1
    if (handed === undefined) return
    assert.ok(!working.has(handed), `${handed} was handed out while it was being worked on`)
    owed.delete(handed)
    working.add(handed)
    taken.push(handed)
    const times = (list: readonly string[]) => list.filter((each) => each === handed).length
    assert.ok(times(taken) <= times(added), `${handed} was handed out more often than it was added`)
  }
  const finish = (which: string) => {
    working.delete(which)
    queue.done(which)
  }
  const take = () => {
    takers += 1
    void queue.take().then(handOut)
  }
  for (const each of steps) {
    if (each.do === 'take') take()
    else if (each.do === 'advance') await clock.advance(each.ms)
    else if (each.do === 'done') {
      if (working.has(each.key)) finish(each.key)
    } else {
      owed.add(each.key)
      added.push(each.key)
      if (each.do === 'add') queue.add(each.key)
      else if (each.do === 'retry') queue.addRateLimited(each.key)
      else if (each.do === 'addAfter') queue.addAfter(each.key, each.ms)
    }
    await turn()
  }
  return { working, owed, take, finish, takers: () => takers }
}

test('a key is never handed out twice at once, and no add is ever lost, in any order of steps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = new VirtualClock()
      const queue = queueOn(clock)
      const books = await play(steps, queue, clock)
      for (let i = 0; i < 50 && (books.owed.size > 0 || books.working.size > 0); i += 1) {
        for (const each of [...books.working]) books.finish(each)
        while (books.takers() < 4) books.take()
        await clock.advance(2_000)
      }
      assert.deepEqual([...books.owed], [], 'every add was handed out afterwards')
      queue.shutDown()
    }),
    { numRuns: 150 },
  )
})

test('keys leave in the order in which they were added, each once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(key, { minLength: 1, maxLength: 20 }), async (keys) => {
      const queue = queueOn(new VirtualClock())
      for (const each of keys) queue.add(each)
      const order = [...new Set(keys)]
      const left = []
      for (let i = 0; i < order.length; i += 1) left.push(await queue.take())
      assert.deepEqual(left, order)
      assert.equal(queue.waiting, 0)
    }),
  )
})

test('a busy key that is added over and over does not overtake the others', async () => {
  const queue = queueOn(new VirtualClock())
  queue.add('busy')
  queue.add('quiet')
  assert.equal(await queue.take(), 'busy')
  queue.add('busy')
  queue.add('busy')
  queue.done('busy')
  assert.equal(await queue.take(), 'quiet')
  assert.equal(await queue.take(), 'busy')
})

test('of two delays the one that ends first counts, and the key comes once', async () => {
  const clock = new VirtualClock()
  const queue = queueOn(clock)
  queue.addAfter('web', 500)
  queue.addAfter('web', 200)
  queue.addAfter('web', 900)
  await clock.advance(199)
  assert.equal(queue.waiting, 0)
  await clock.advance(1)
  assert.equal(queue.waiting, 1)
  assert.equal(queue.delayed, 0)
  assert.equal(clock.sleeping, 0)
})

test('failures of one key wait longer each time up to the cap, and shortest again once it did well', async () => {
  const clock = new VirtualClock()
  const queue = queueOn(clock)
  const waits: (number | undefined)[] = []
  const fail = async () => {
    queue.addRateLimited('web')
    waits.push(clock.next)
    await clock.advance(clock.next ?? 0)
    assert.equal(await queue.take(), 'web')
    queue.done('web')
  }
  for (let i = 0; i < 6; i += 1) await fail()
  queue.forget('web')
  await fail()
  assert.deepEqual(waits, [100, 200, 400, 800, 1_000, 1_000, 100])
})

test('a storm of failing keys is retried no faster than the overall rate, while fresh keys pass', async () => {
  const clock = new VirtualClock()
  const queue = new WorkQueue({
    clock,
    random: () => 0,
    backoff: { baseMs: 1, maxMs: 1, jitter: 0 },
    rate: { perSecond: 10, burst: 5 },
  })
  for (let i = 0; i < 105; i += 1) queue.addRateLimited(`pod-${i}`)
  await clock.advance(1)
  assert.equal(queue.waiting, 5)
  await clock.advance(4_999)
  assert.equal(queue.waiting, 5 + 50)
  queue.add('fresh')
  assert.equal(queue.waiting, 5 + 50 + 1)
})

test('shutting down frees the takers, hands out nothing more and leaves no timer', async () => {
  const clock = new VirtualClock()
  const queue = queueOn(clock)
  const taker = queue.take()
  queue.addAfter('later', 1_000)
  queue.shutDown()
  queue.add('web')
  assert.equal(await taker, undefined)
  assert.equal(await queue.take(), undefined)
  assert.equal(clock.sleeping, 0)
})
