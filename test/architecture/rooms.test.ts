import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { folders, ROOMS } from './rooms.ts'
import { sourceFiles } from './source-file.ts'
import { violations } from './violations.ts'

describe('the rooms of src/', async () => {
  const files = await sourceFiles()

  it('are all in the table, and the table has no other', () => {
    const present = new Set(files.map(({ room }) => room))
    assert.deepEqual(
      [...present].filter((room) => !Object.hasOwn(ROOMS, room)),
      [],
    )
    assert.deepEqual(
      folders().filter((room) => !present.has(room)),
      [],
    )
  })

  for (const room of Object.keys(ROOMS)) {
    it(`${room} imports and touches only what it may`, () => {
      const broken = files.filter((file) => file.room === room).flatMap((file) => violations(file, ROOMS))
      assert.equal(broken.length, 0, `\n${broken.join('\n')}\n(the rules are in test/architecture/rooms.ts)`)
    })
  }

  it('name no adapter that does not exist', () => {
    const stale = Object.entries(ROOMS).flatMap(([room, { adapters }]) =>
      (adapters === 'everything' ? [] : adapters)
        .map((adapter) => `${room}/${adapter}`)
        .filter(
          (path) =>
            !files.some((file) => file.path === path || (path.endsWith('/') && file.path.startsWith(path))),
        ),
    )
    assert.deepEqual(stale, [])
  })

  it('have no circle among them', () => {
    const next = (room: string) =>
      (ROOMS[room]?.imports ?? []).filter((name) => name !== '*' && !name.includes('/'))
    const reaches = (from: string, to: string, seen: ReadonlySet<string> = new Set()): boolean =>
      next(from).some(
        (room) => room === to || (!seen.has(room) && reaches(room, to, new Set([...seen, room]))),
      )
    assert.deepEqual(
      Object.keys(ROOMS).filter((room) => reaches(room, room)),
      [],
    )
  })
})
