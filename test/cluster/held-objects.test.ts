import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HeldObjects } from '#src/cluster/held-objects.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'

function object(name: string, uid: string, resourceVersion: number): KubeObject {
  const metadata = { name, namespace: 'shop', uid, resourceVersion: `${resourceVersion}` }
  return { apiVersion: 'v1', kind: 'Pod', metadata }
}

const change = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  do: fc.constantFrom('write' as const, 'recreate' as const, 'delete' as const),
  /** Whether the watch shows it; else only the next list does. */
  seen: fc.boolean(),
  list: fc.boolean(),
})

test('after a list we hold exactly the world, and a listener who only counts what it is told agrees', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const world = new Map<string, KubeObject>()
      const listener = new Map<string, string>()
      const held = new HeldObjects(({ metadata: { name, uid, resourceVersion } }) => ({
        name,
        version: `${uid}@${resourceVersion}`,
      }))
      const tell = ({ deleted, upserted }: ReturnType<typeof held.endList>) => {
        for (const { name } of deleted)
          assert.ok(listener.delete(name), `${name} was told as gone but never as there`)
        for (const { name, version } of upserted) listener.set(name, version)
      }
      const list = () => {
        held.startList()
        for (const each of world.values()) tell(held.upsert(each))
        tell(held.endList())
        const expected = [...world.values()].map(({ metadata: m }) => [
          m.name,
          `${m.uid}@${m.resourceVersion}`,
        ])
        assert.deepEqual([...listener].sort(), expected.sort())
        assert.equal(held.size, world.size)
      }
      let version = 0
      for (const each of changes) {
        version += 1
        const before = world.get(each.name)
        const kept = each.do === 'write' ? before?.metadata.uid : undefined
        const after = object(each.name, kept ?? `uid-${version}`, version)
        if (each.do === 'delete') world.delete(each.name)
        else world.set(each.name, after)
        if (each.seen && each.do !== 'delete') tell(held.upsert(after))
        if (each.seen && each.do === 'delete' && before) tell(held.delete(before))
        if (each.list) list()
      }
      list()
    }),
  )
})

test('an unchanged object is not told again', () => {
  const held = new HeldObjects(({ metadata }) => metadata.name)
  assert.deepEqual(held.upsert(object('a', 'u', 1)).upserted, ['a'])
  held.startList()
  assert.deepEqual(held.upsert(object('a', 'u', 1)), { deleted: [], upserted: [] })
  assert.deepEqual(held.endList().deleted, [])
})
