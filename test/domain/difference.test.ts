import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { applyChanges, changesOf, describeChange } from '#src/domain/change.ts'
import { differences } from '#src/domain/difference.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { canonicalJson, equalJson, type Json } from '#src/domain/json.ts'
import { anyJson } from './arbitrary-json.ts'

const object = anyJson.map((json): Json => ({ spec: json }))

describe('differences', () => {
  it('are none exactly when two values are equal', () => {
    fc.assert(
      fc.property(object, object, (a, b) => {
        assert.equal(differences(a, b).length === 0, equalJson(a, b))
        assert.deepEqual(differences(a, structuredClone(a)), [])
      }),
    )
  })

  it('lead from one value to the other when they are applied, but for where new items are put', () => {
    fc.assert(
      fc.property(object, object, (a, b) => {
        const changed = applyChanges(a, changesOf(differences(a, b)))
        assert.equal(sorted(changed), sorted(b))
      }),
    )
  })

  const told: Record<string, [before: Json, after: Json, fields: readonly string[]]> = {
    'a field of a named item': [
      {
        c: [
          { name: 'a', image: '1' },
          { name: 'b', image: '1' },
        ],
      },
      {
        c: [
          { name: 'a', image: '1' },
          { name: 'b', image: '2' },
        ],
      },
      ['c[name=b].image'],
    ],
    'an item added in front': [{ c: [{ name: 'b' }] }, { c: [{ name: 'a' }, { name: 'b' }] }, ['c[name=a]']],
    'an item removed': [{ c: [{ name: 'a' }, { name: 'b' }] }, { c: [{ name: 'b' }] }, ['c[name=a]']],
    'the order of named items, as the whole list': [
      { initContainers: [{ name: 'a' }, { name: 'b' }] },
      { initContainers: [{ name: 'b' }, { name: 'a' }] },
      ['initContainers'],
    ],
    'an atomic list as a whole': [{ args: ['a', 'b'] }, { args: ['a', 'c'] }, ['args']],
    'an item by the path where it is mounted': [
      {
        m: [
          { mountPath: '/a', name: 'v' },
          { mountPath: '/b', name: 'v' },
        ],
      },
      {
        m: [
          { mountPath: '/a', name: 'v' },
          { mountPath: '/b', name: 'w' },
        ],
      },
      ['m[mountPath=/b].name'],
    ],
    'a list whose items share a key, as a whole': [
      { l: [{ name: 'a' }, { name: 'a' }] },
      { l: [{ name: 'a' }] },
      ['l'],
    ],
    'a key that JavaScript objects inherit': [
      { labels: {} },
      { labels: { constructor: 'x' } },
      ['labels.constructor'],
    ],
    'another type': [{ a: '1' }, { a: 1 }, ['a']],
    'null beside absent': [{ a: null }, {}, ['a']],
  }
  for (const [name, [before, after, fields]] of Object.entries(told)) {
    it(`tell ${name}`, () => {
      assert.deepEqual(
        differences(before, after).map(({ path }) => formatFieldPath(path)),
        fields,
      )
    })
  }

  it('describe themselves for a reviewer', () => {
    const [set] = changesOf(differences({ a: 1 }, { a: 'x' }))
    const [remove] = changesOf(differences({ a: 1 }, {}))
    assert.deepEqual([set && describeChange(set), remove && describeChange(remove)], ['a = "x"', 'a removed'])
  })
})

describe('canonical JSON', () => {
  it('is one text for equal values, whatever the order of keys', () => {
    assert.equal(
      canonicalJson({ b: 1, a: [{ d: 1, c: null }] }),
      canonicalJson({ a: [{ c: null, d: 1 }], b: 1 }),
    )
    assert.equal(canonicalJson({ a: undefined, b: 1 }), canonicalJson({ b: 1 }))
  })

  it('is JSON that reads back as the value', () => {
    fc.assert(fc.property(anyJson, (json) => assert.ok(equalJson(JSON.parse(canonicalJson(json)), json))))
  })
})

/** Lists of objects in one order: where a new item stands is not part of a set of field changes. */
function sorted(value: Json | undefined): string {
  const walk = (json: Json | undefined): Json | undefined => {
    if (Array.isArray(json)) {
      const items = json.map((item: Json) => walk(item) as Json)
      return items.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item))
        ? items.toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1))
        : items
    }
    if (typeof json !== 'object' || json === null) return json
    return Object.fromEntries(Object.entries(json).map(([key, member]) => [key, walk(member)]))
  }
  return canonicalJson(walk(value))
}
