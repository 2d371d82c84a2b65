import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type BoardFault, FaultBoard } from '#src/detect/fault-board.ts'
import { type PodSketch, projectPod } from '#src/detect/project-pod.ts'
import { ended, NOW, type PodParts, REPLICA_SET, rawPod, running, waiting } from './raw-pods.ts'

const SETTLE = 30_000
const STABLE = 120_000
const board = () => new FaultBoard({ settleMs: SETTLE, stableForMs: STABLE })
const pod = (parts: PodParts): PodSketch => projectPod(rawPod(parts))

const pull = (name: string, reason = 'ErrImagePull') =>
  pod({ name, uid: name, containers: [waiting('web', reason)] })
const healthy = (name: string) => pod({ name, uid: name, phase: 'Running' })
const crashing = (name: string, restartCount = 2) =>
  pod({
    name,
    uid: name,
    containers: [
      waiting('web', 'CrashLoopBackOff', '', { restartCount, lastState: { terminated: ended(1, 2) } }),
    ],
  })
const between = (name: string, restartCount = 2) =>
  pod({
    name,
    uid: name,
    phase: 'Running',
    containers: [running('web', undefined, { restartCount, lastState: { terminated: ended(1, 2) } })],
  })

describe('the fault board', () => {
  test('keeps nothing about pods that show nothing', () => {
    const faults = board()
    for (let i = 0; i < 1000; i++) faults.upsert(healthy(`web-${i}`), NOW)
    assert.equal(faults.size, 0)
    assert.deepEqual(faults.faults(NOW), [])
  })

  test('forty pods of one workload are one fault', () => {
    const faults = board()
    for (let i = 0; i < 40; i++) faults.upsert(pull(`web-${String(i).padStart(2, '0')}`), NOW + i)
    const [fault, ...others] = faults.faults(NOW + 40)
    assert.equal(others.length, 0)
    assert.equal(fault?.pods.length, 40)
    assert.equal(fault?.since, NOW)
    assert.equal(fault?.controller?.uid, REPLICA_SET.uid)
  })

  test('a fault that ends before the settle time never surfaces', () => {
    const faults = board()
    faults.upsert(pull('a'), NOW)
    assert.deepEqual(faults.due(NOW + SETTLE - 1), [])
    faults.upsert(healthy('a'), NOW + SETTLE - 1)
    assert.deepEqual(faults.due(NOW + SETTLE * 10), [])
    assert.equal(faults.size, 0)
  })

  test('alternating reasons of one family are one fault that keeps its first time', () => {
    const faults = board()
    faults.upsert(pull('a', 'ErrImagePull'), NOW)
    faults.upsert(pull('a', 'ImagePullBackOff'), NOW + 20_000)
    faults.upsert(pull('a', 'ErrImagePull'), NOW + 40_000)
    const due = faults.due(NOW + 40_000)
    assert.deepEqual(
      due.map(({ since, finding }) => [since, finding.reason]),
      [[NOW, 'ErrImagePull']],
    )
  })

  test('a crash loop goes on while its container runs between two restarts, and is due only when stated', () => {
    const faults = board()
    faults.upsert(crashing('a'), NOW)
    faults.upsert(between('a'), NOW + 10_000)
    assert.deepEqual(faults.due(NOW + SETTLE), [])
    assert.equal(faults.faults(NOW + SETTLE).length, 1)
    faults.upsert(crashing('a', 3), NOW + SETTLE + 1)
    assert.deepEqual(
      faults.due(NOW + SETTLE + 1).map(({ since }) => since),
      [NOW],
    )
  })

  test('a single restart never begins a fault', () => {
    const faults = board()
    faults.upsert(between('a', 1), NOW)
    assert.equal(faults.size, 0)
  })

  test('a crash loop ends without an event once its container ran for the stable time', () => {
    const faults = board()
    faults.upsert(crashing('a'), NOW)
    faults.upsert(between('a'), NOW + 1000)
    assert.equal(faults.faults(NOW + STABLE - 3000).length, 1)
    assert.deepEqual(faults.faults(NOW + STABLE), [])
    assert.equal(faults.size, 0)
    faults.upsert(crashing('a', 9), NOW + STABLE * 3)
    assert.equal(faults.faults(NOW + STABLE * 3)[0]?.since, NOW + STABLE * 3)
  })

  test('deleting the last pod ends the fault; a replacement seen before keeps it going', () => {
    const faults = board()
    faults.upsert(pull('a'), NOW)
    faults.upsert(pull('b'), NOW + 5000)
    faults.remove('a')
    assert.equal(faults.faults(NOW + 6000)[0]?.since, NOW)
    faults.remove('b')
    faults.remove('never seen')
    assert.deepEqual(faults.faults(NOW + 7000), [])
  })

  test('a fresh list ends the faults of pods that are not in it', () => {
    const faults = board()
    faults.upsert(pull('a'), NOW)
    faults.upsert(pull('b'), NOW)
    faults.keepOnly(new Set(['b']))
    assert.deepEqual(faults.faults(NOW)[0]?.pods, ['b'])
  })

  test('next due is the settle time of the youngest wait that is still ahead', () => {
    const faults = board()
    assert.equal(faults.nextDue(NOW), undefined)
    faults.upsert(pull('a'), NOW)
    faults.upsert(
      pod({ name: 'bare', uid: 'bare', owner: null, containers: [waiting('x', 'ErrImagePull')] }),
      NOW + 7,
    )
    assert.equal(faults.nextDue(NOW + 8), NOW + SETTLE)
    assert.equal(faults.nextDue(NOW + SETTLE), NOW + SETTLE + 7)
    assert.equal(faults.nextDue(NOW + SETTLE + 7), undefined)
    assert.equal(faults.due(NOW + SETTLE + 7).length, 2)
  })
})

const NAMES = ['a', 'b', 'c', 'd'] as const
type Event = { readonly name: string; readonly make: 'pull' | 'backoff' | 'crash' | 'healthy' | 'gone' }
const anyEvent: fc.Arbitrary<Event> = fc.record({
  name: fc.constantFrom(...NAMES),
  make: fc.constantFrom('pull', 'backoff', 'crash', 'healthy', 'gone'),
})

function feed(faults: FaultBoard, { name, make }: Event, now: number): void {
  if (make === 'gone') faults.remove(name)
  else if (make === 'healthy') faults.upsert(healthy(name), now)
  else if (make === 'crash') faults.upsert(crashing(name), now)
  else faults.upsert(pull(name, make === 'pull' ? 'ErrImagePull' : 'ImagePullBackOff'), now)
}

/** What must hold, said the slow way: which pods show which family, by the last event of each pod. */
function shownBy(events: readonly Event[]): Readonly<Record<string, readonly string[]>> {
  const last = new Map(events.map(({ name, make }) => [name, make]))
  const of = (...makes: string[]) => NAMES.filter((name) => makes.includes(last.get(name) ?? ''))
  const all = { image: of('pull', 'backoff'), run: of('crash') }
  return Object.fromEntries(Object.entries(all).filter(([, pods]) => pods.length > 0))
}

const podsByFamily = (faults: readonly BoardFault[]) =>
  Object.fromEntries(faults.map(({ family, pods }) => [family, pods]))

describe('whatever events come, the fault board', () => {
  test('shows exactly what the last event of each pod shows, since the run of events that began it', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        const faults = board()
        let since: Record<string, number> = {}
        for (const [i, event] of events.entries()) {
          feed(faults, event, NOW + i)
          const shown = shownBy(events.slice(0, i + 1))
          since = Object.fromEntries(Object.keys(shown).map((family) => [family, since[family] ?? NOW + i]))
          const now = faults.faults(NOW + i)
          assert.deepEqual(podsByFamily(now), shown)
          assert.deepEqual(Object.fromEntries(now.map((fault) => [fault.family, fault.since])), since)
        }
      }),
    )
  })

  test('is the same when events are doubled, and when those of different pods change places', () => {
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 30 }),
        fc.array(fc.nat({ max: 2 }), { minLength: 30, maxLength: 30 }),
        fc.shuffledSubarray([...NAMES], { minLength: NAMES.length }),
        (events, copies, order) => {
          const straight = board()
          for (const event of events) feed(straight, event, NOW)
          const shuffled = board()
          const perPod = order.flatMap((pod) => events.filter(({ name }) => name === pod))
          for (const [i, event] of perPod.entries()) {
            for (let copy = 0; copy <= (copies[i] ?? 0); copy++) feed(shuffled, event, NOW)
          }
          const sorted = (faults: FaultBoard) =>
            [...faults.faults(NOW)].sort((a, b) => a.family.localeCompare(b.family))
          assert.deepEqual(sorted(shuffled), sorted(straight))
          assert.equal(shuffled.size, straight.size)
        },
      ),
    )
  })

  test('a fault that lasts is never lost: it is due at its settle time', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (noise) => {
        const faults = board()
        faults.upsert(pull('lasting'), NOW)
        for (const [i, event] of noise.entries()) feed(faults, event, NOW + i)
        const due = faults.due(NOW + SETTLE)
        assert.ok(due.some(({ family, pods }) => family === 'image' && pods.includes('lasting')))
      }),
    )
  })
})
