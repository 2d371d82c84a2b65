import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editManifestText } from '#src/manifests/yaml/edit-manifest-text.ts'
import { edits, refusals, remove, set } from './edit-text.ts'

edits({
  'an anchor that nobody uses stays': ['a: &x 1\nb: 2\n', set('a', 3), 'a: &x 3\nb: 2\n'],
  'an anchor without a value is kept before the new one': ['a: &x\nb: 1\n', set('a', 5), 'a: &x 5\nb: 1\n'],
  'an anchor of a map that becomes a scalar stays': ['a: &x\n  c: 1\n', set('a', 5), 'a: &x 5\n'],
  'a field inside an anchor that nobody uses is a field like any other': [
    'a: &x\n  c: 1\n',
    set('a.d', 2),
    'a: &x\n  c: 1\n  d: 2\n',
  ],
  'an alias gives way to a value of its own': ['a: &x 1\nb: *x # c\n', set('b', 2), 'a: &x 1\nb: 2 # c\n'],
  'an aliased map becomes a merge with an override': [
    'x: &x\n  c: 1\n  d: 2\nb: *x\n',
    set('b.c', 5),
    'x: &x\n  c: 1\n  d: 2\nb:\n  <<: *x\n  c: 5\n',
  ],
  'an aliased map in a list becomes a merge with an override': [
    'x: &x\n  c: 1\nl:\n- *x\n- *x\n',
    set('l', [{ c: 5, e: 1 }, { c: 1 }]),
    'x: &x\n  c: 1\nl:\n- <<: *x\n  c: 5\n  e: 1\n- *x\n',
  ],
  'an aliased map in a flow list becomes a merge with an override': [
    'x: &x {c: 1}\nl: [*x, *x]\n',
    set('l', [{ c: 5 }, { c: 1 }]),
    'x: &x {c: 1}\nl: [{<<: *x, c: 5}, *x]\n',
  ],
  'an aliased map that loses a key is written out': [
    'x: &x\n  c: 1\n  d: 2\nb: *x\n',
    remove('b.c'),
    'x: &x\n  c: 1\n  d: 2\nb:\n  d: 2\n',
  ],
  'an aliased list that changes is written out': [
    'x: &x [1, 2]\nb: *x\n',
    set('b', [1, 2, 3]),
    'x: &x [1, 2]\nb:\n  - 1\n  - 2\n  - 3\n',
  ],
  'a field from a merge key gets an override beside it': [
    'x: &x\n  c: 1\nb:\n  <<: *x\n  d: 1\n',
    set('b.c', 2),
    'x: &x\n  c: 1\nb:\n  <<: *x\n  d: 1\n  c: 2\n',
  ],
  'an override never stands before the merge key, where some readers overlook it': [
    'x: &x {name: a}\ncontainers:\n- image: i\n  <<: *x\n',
    set('containers[0].name', 'b'),
    'x: &x {name: a}\ncontainers:\n- image: i\n  <<: *x\n  name: b\n',
  ],
  'a field deep in a merged map overrides that map as a whole': [
    'x: &x\n  c: {d: 1, e: 2}\nb:\n  <<: *x\n  z: 1\n',
    set('b.c.d', 3),
    'x: &x\n  c: {d: 1, e: 2}\nb:\n  <<: *x\n  z: 1\n  c:\n    d: 3\n    e: 2\n',
  ],
  'an override in a flow map': [
    'x: &x\n  c: 1\nb: {<<: *x, z: 1}\n',
    set('b.c', 3),
    'x: &x\n  c: 1\nb: {<<: *x, z: 1, c: 3}\n',
  ],
  'the first of several merges wins, and an override beats all': [
    'x: &x {c: 1}\ny: &y {c: 2}\nb:\n  <<: [*x, *y]\n',
    set('b.c', 3),
    'x: &x {c: 1}\ny: &y {c: 2}\nb:\n  <<: [*x, *y]\n  c: 3\n',
  ],
  'a key of its own beside a merge is removed': [
    'x: &x {c: 1}\nb:\n  <<: *x\n  d: 2\n',
    remove('b.d'),
    'x: &x {c: 1}\nb:\n  <<: *x\n',
  ],
  'a change that is wanted wherever the anchor is used is made at the anchor': [
    'labels: &l\n  v: 1\nselector: *l\n',
    [set('labels.v', 2), set('selector.v', 2)],
    'labels: &l\n  v: 2\nselector: *l\n',
  ],
  'a quoted << is a key like any other': ['"<<": 1\nb: 1\n', set('["<<"]', 2), '"<<": 2\nb: 1\n'],
  'an anchor whose name is taken again belongs to the later value': [
    'a: &x 1\nb: *x\nc: &x 2\nd: *x\ne: 1\n',
    set('e', 2),
    'a: &x 1\nb: *x\nc: &x 2\nd: *x\ne: 2\n',
  ],
})

refusals({
  'an anchored value that is used elsewhere': [
    'a: &x 1\nb:\n  c: *x\n',
    set('a', 2),
    /inside the anchor &x, .* for b\.c \(line 3\)/,
  ],
  'a field inside an anchor that is used elsewhere': [
    'a: &x\n  c: 1\nb: *x\n',
    set('a.c', 2),
    /anchor &x, .* for b \(line 3\)/,
  ],
  'a field inside an anchor that is merged elsewhere': [
    'a: &x\n  c: 1\nb:\n  <<: *x\n',
    set('a.c', 2),
    /anchor &x, .* for b \(line 4\)/,
  ],
  'the removal of an anchor that is used elsewhere': [
    'a:\n  b: &x 1\n  c: 1\nd: *x\n',
    remove('a.b'),
    /anchor &x, .* for d/,
  ],
  'the removal of what holds an anchor that is used elsewhere': [
    'a:\n  b: &x 1\nd: *x\n',
    remove('a'),
    /holds the anchor &x/,
  ],
  'the removal of a field that a merge brings': [
    'x: &x {c: 1}\nb: {<<: *x, d: 1}\n',
    remove('b.c'),
    /b\.c comes from a merge key/,
  ],
  'the removal of an override, which would bring back the merged value': [
    'x: &x {c: 1}\nb:\n  <<: *x\n  c: 2\n  d: 1\n',
    remove('b.c'),
    /merge key/,
  ],
})

test('an anchor that another object uses is refused with the name of that object', () => {
  const object = (name: string, labels: string) =>
    `- kind: Deployment\n  metadata:\n    name: ${name}\n    namespace: shop\n    labels: ${labels}\n`
  const text = `kind: List\nitems:\n${object('web', '&l {app: web}')}${object('api', '*l')}`
  const changed = (name: string, app: string) => ({
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', labels: { app } },
  })
  assert.throws(() => editManifestText(text, { document: 0, at: ['items', 0] }, changed('web', 'x')), {
    code: 'EditRefused',
    message: 'the field is inside the anchor &l, which Deployment shop/api uses too (line 12)',
  })
  // The other one may change: its alias is its own.
  assert.equal(
    editManifestText(text, { document: 0, at: ['items', 1] }, changed('api', 'x')).text,
    text.replace('*l', '{}').replace('labels: {}', 'labels:\n      <<: *l\n      app: x'),
  )
})
