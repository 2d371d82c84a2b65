import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byRoom, coverageTable, missed } from './coverage.ts'
import { allSources } from './sources.ts'

const source = (path: string, lines: number, covered = 0) => ({ path, lines, covered })
const isPure = (room: string) => room === 'domain'

test('a file that no test loaded counts with all its lines', () => {
  const sources = [source('domain/a.ts', 100), source('domain/never.ts', 100), source('main.ts', 50)]
  const rooms = byRoom(sources, [source('domain/a.ts', 100, 100), source('main.ts', 50, 25)], isPure)
  assert.deepEqual(
    rooms.map(({ room, percent, aim }) => [room, percent, aim]),
    [
      ['domain', 50, 95],
      ['main', 50, 0],
      ['all', 50, 85],
    ],
  )
  assert.deepEqual(
    missed(rooms).map(({ room }) => room),
    ['domain', 'all'],
  )
  assert.match(coverageTable(rooms), /^domain +200 +100 +50\.0 % +\(aim 95 %, MISSED\)$/m)
})

test('nearly is not reached', () => {
  const [domain] = byRoom([source('domain/a.ts', 10_000)], [source('domain/a.ts', 10_000, 9_499)], isPure)
  assert.equal(domain?.percent, 94.9)
})

test('what was measured and is no source any more does not count', () => {
  const rooms = byRoom([source('domain/a.ts', 10)], [source('domain/gone.ts', 90, 90)], isPure)
  assert.deepEqual(
    rooms.map(({ lines }) => lines),
    [10, 10],
  )
})

test('every source is there, with its lines', async () => {
  const sources = await allSources()
  assert.ok(sources.length > 300)
  assert.ok(sources.every(({ lines }) => lines > 0))
})
