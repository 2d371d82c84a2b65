import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RecentDeliveries } from '#src/http/recent-deliveries.ts'

describe('recent deliveries', () => {
  const done = async () => {}

  it('forgets the one not seen for longest when there are too many', async () => {
    const recent = new RecentDeliveries(2)
    await recent.once('a', done)
    await recent.once('b', done)
    assert.equal(await recent.once('a', done), 'again')
    await recent.once('c', done)
    assert.equal(await recent.once('a', done), 'again')
    assert.equal(await recent.once('b', done), 'first')
  })

  it('lets a double of a failing delivery fail too, and the next one try again', async () => {
    const recent = new RecentDeliveries(2)
    const fails = () => Promise.reject(new Error('no'))
    const both = await Promise.allSettled([recent.once('a', fails), recent.once('a', done)])
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    assert.equal(await recent.once('a', done), 'first')
  })

  it('does the work of a key once in any order of doubles, while it remembers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c')), async (keys) => {
        const recent = new RecentDeliveries(3)
        const worked: string[] = []
        await Promise.all(keys.map((key) => recent.once(key, async () => void worked.push(key))))
        assert.deepEqual(worked.toSorted(), [...new Set(keys)].toSorted())
      }),
    )
  })
})
