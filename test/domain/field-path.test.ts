import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type FieldPath,
  formatFieldPath,
  isWithin,
  jsonPointer,
  parseFieldPath,
  valueAt,
  withValueAt,
} from '#src/domain/field-path.ts'
import type { Json } from '#src/domain/json.ts'
import { anyJson, anySegment } from './arbitrary-json.ts'

const aPath = fc.array(anySegment, { minLength: 1, maxLength: 5 })
const pod: Json = {
  spec: {
    containers: [
      { name: 'web', image: 'a:1', ports: [{ containerPort: 80 }] },
      { name: 'log', image: 'b:1' },
    ],
  },
  metadata: { labels: { 'app/name': 'web' } },
}

describe('a field path as text', () => {
  it('reads back as it was written, whatever its keys', () => {
    fc.assert(fc.property(aPath, (path) => assert.deepEqual(parseFieldPath(formatFieldPath(path)), path)))
  })

  const texts: Record<string, FieldPath> = {
    'spec.template': [{ member: 'spec' }, { member: 'template' }],
    'containers[name=web].image': [{ member: 'containers' }, { by: 'name', is: 'web' }, { member: 'image' }],
    'labels["app/name"]': [{ member: 'labels' }, { member: 'app/name' }],
    'args[0]': [{ member: 'args' }, { index: 0 }],
    'mounts[mountPath=/etc/a.b]': [{ member: 'mounts' }, { by: 'mountPath', is: '/etc/a.b' }],
    'mounts[mountPath="/a]b"]': [{ member: 'mounts' }, { by: 'mountPath', is: '/a]b' }],
    '["a.b"].c': [{ member: 'a.b' }, { member: 'c' }],
  }
  for (const [text, path] of Object.entries(texts)) {
    it(`${text} is read, and written the same`, () => {
      assert.deepEqual(parseFieldPath(text), path)
      assert.equal(formatFieldPath(path), text)
    })
  }

  for (const text of [
    '',
    '.a',
    'a.',
    'a..b',
    'a[',
    'a[]',
    'a[name=web',
    'a[0]b',
    'a b',
    '["\\x"]',
    'a[-1]',
    '[name="x]',
  ]) {
    it(`${JSON.stringify(text)} is refused with a SyntaxError that tells where`, () => {
      assert.throws(() => parseFieldPath(text), { name: 'SyntaxError', message: /position \d+|is empty/ })
    })
  }
})

describe('a value at a field path', () => {
  it('is what was set there', () => {
    fc.assert(
      fc.property(anyJson, aPath, anyJson, (root, path, value) => {
        let changed: Json
        try {
          changed = withValueAt(root, path, value)
        } catch (error) {
          assert.ok(error instanceof RangeError)
          return
        }
        const last = path.at(-1)
        // An item told by its key is that item only as long as it carries the key.
        if (last === undefined || path.some((segment) => 'by' in segment)) return
        assert.deepEqual(valueAt(changed, path), value)
      }),
    )
  })

  it('is gone when it was removed, and the original is untouched', () => {
    const path = parseFieldPath('spec.containers[name=web].image')
    const before = structuredClone(pod)
    assert.equal(valueAt(withValueAt(pod, path, undefined), path), undefined)
    assert.deepEqual(pod, before)
  })

  it('is found by key after a reorder', () => {
    const reordered = withValueAt(pod, parseFieldPath('spec.containers'), [
      { name: 'new' },
      { name: 'web', image: 'c' },
    ])
    assert.equal(valueAt(reordered, parseFieldPath('spec.containers[name=web].image')), 'c')
  })

  it('is never what JavaScript objects inherit', () => {
    for (const key of ['constructor', '__proto__', 'toString']) {
      const path = [{ member: 'spec' }, { member: key }]
      assert.equal(valueAt(pod, path), undefined)
      assert.equal(jsonPointer(pod, path), undefined)
      assert.deepEqual(valueAt(withValueAt(pod, path, 'x'), path), 'x')
    }
    assert.equal(valueAt([{ image: 'x' }], [{ by: 'name', is: 'undefined' }]), undefined)
  })

  it('makes missing objects and keyed items, with numbers where the key is one', () => {
    assert.deepEqual(withValueAt(undefined, parseFieldPath('a.b[name=x].c'), 1), {
      a: { b: [{ name: 'x', c: 1 }] },
    })
    assert.deepEqual(withValueAt({}, parseFieldPath('ports[containerPort=80].protocol'), 'UDP'), {
      ports: [{ containerPort: 80, protocol: 'UDP' }],
    })
  })

  it('removing what is not there changes nothing', () => {
    for (const path of ['spec.x.y', 'spec.containers[name=no].image', 'spec.containers[9]']) {
      assert.deepEqual(withValueAt(pod, parseFieldPath(path), undefined), pod)
    }
  })

  it('cannot be set at a missing position or below a scalar', () => {
    for (const path of ['spec.containers[9].image', 'spec.containers[name=web].image.tag', 'spec[name=x]']) {
      assert.throws(() => withValueAt(pod, parseFieldPath(path), 1), RangeError)
    }
  })
})

describe('a JSON pointer', () => {
  it('names positions and escapes as RFC 6901 has it', () => {
    assert.equal(
      jsonPointer(pod, parseFieldPath('spec.containers[name=log].image')),
      '/spec/containers/1/image',
    )
    assert.equal(
      jsonPointer(pod, parseFieldPath('metadata.labels["app/name"]')),
      '/metadata/labels/app~1name',
    )
    assert.equal(jsonPointer({ 'a~b': 1 }, [{ member: 'a~b' }]), '/a~0b')
    assert.equal(jsonPointer(pod, parseFieldPath('spec.containers[name=no]')), undefined)
  })
})

describe('a path within another', () => {
  const within = (path: string, prefix: string) => isWithin(parseFieldPath(path), parseFieldPath(prefix))
  it('is equal to it or below it, by whole steps', () => {
    assert.ok(within('a.b', 'a.b'))
    assert.ok(within('a.b[name=x].c', 'a.b[name=x]'))
    assert.ok(!within('a.bc', 'a.b'))
    assert.ok(!within('a', 'a.b'))
    assert.ok(!within('a[name=y].c', 'a[name=x]'))
  })
})
