import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editInlineManifest, editManifestText, jsonAt } from '#src/manifests/yaml/edit-manifest-text.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'
import { edit, edits, remove, set } from './edit-text.ts'

const CONTAINER = 'spec.template.spec.containers[name=web]'

edits({
  'missing parents are made on the way to a deep field': [
    'spec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: a:1\n          ports: []\n',
    set(`${CONTAINER}.resources.limits.memory`, '512Mi'),
    'spec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: a:1\n          ports: []\n          resources:\n            limits:\n              memory: 512Mi\n',
  ],
  'an empty map is filled below its comment': [
    'resources: {} # none yet\nx: 1\n',
    set('resources.limits.memory', '1Gi'),
    'resources: # none yet\n  limits:\n    memory: 1Gi\nx: 1\n',
  ],
  'an empty list is filled below its comment': [
    'args: [] # none\n',
    set('args', ['a']),
    'args: # none\n  - a\n',
  ],
  'a key without a value is filled above the comments that follow': [
    'resources: # none\n  # more\nx: 1\n',
    set('resources.limits.memory', '1Gi'),
    'resources: # none\n  limits:\n    memory: 1Gi\n  # more\nx: 1\n',
  ],
  'a tilde is replaced': ['a: ~ # t\nb: 1\n', set('a.b', 1), 'a: # t\n  b: 1\nb: 1\n'],
  'an empty item of a list is filled': ['a:\n  -\n  - x\n', set('a', ['c', 'x']), 'a:\n  - c\n  - x\n'],
  'a blank behind the dash of an empty item is used': [
    'a:\n  - \n  - x\n',
    set('a', [{ b: 1 }, 'x']),
    'a:\n  - b: 1\n  - x\n',
  ],
  'members without values of a flow map are given some': [
    'a: {b, c: , d: 1}\n',
    [set('a.b', 5), set('a.c', 6)],
    'a: {b: 5, c: 6, d: 1}\n',
  ],
  'a flow map over several lines grows by a line': [
    'r: {\n  a: 1,\n  b: 2\n}\n',
    set('r.c', 3),
    'r: {\n  a: 1,\n  b: 2,\n  c: 3\n}\n',
  ],
  'a flow map with a comma at its end keeps one there, and comments their lines': [
    'r: {\n  a: 1, # one\n  b: 2, # two\n}\n',
    set('r.c', 3),
    'r: {\n  a: 1, # one\n  b: 2, # two\n  c: 3,\n}\n',
  ],
  'the comma goes before the comment of the last member': [
    'r: {\n  a: 1, # one\n  b: 2 # two\n}\n',
    set('r.c', 3),
    'r: {\n  a: 1, # one\n  b: 2, # two\n  c: 3\n}\n',
  ],
  'a flow map that begins behind its bracket keeps its alignment': [
    'r: { a: 1,\n     b: 2 }\n',
    set('r.c', 3),
    'r: { a: 1,\n     b: 2,\n     c: 3 }\n',
  ],
  'the last line of a flow map goes with the comma before it': [
    'r: {\n  a: 1, # one\n  b: 2 # two\n}\n',
    remove('r.b'),
    'r: {\n  a: 1 # one\n}\n',
  ],
  'the first line of a flow map goes': [
    'r: {\n  a: 1, # one\n  b: 2 # two\n}\n',
    remove('r.a'),
    'r: {\n  b: 2 # two\n}\n',
  ],
  'the only member of a flow map leaves it empty': ['r: { a: 1 } # c\n', remove('r.a'), 'r: {} # c\n'],
  'a plain reference in a flow map stays plain': [
    'a: {image: nginx:1, x: 1}\n',
    set('a.image', 'nginx:2'),
    'a: {image: nginx:2, x: 1}\n',
  ],
  'an environment variable is written like its siblings, quotes included': [
    'env:\n  - name: A\n    value: "a"\n  # end\nx: 1\n',
    set('env[name=B].value', 'b'),
    'env:\n  - name: A\n    value: "a"\n  - name: B\n    value: "b"\n  # end\nx: 1\n',
  ],
  'an environment variable joins a list at the column of its key': [
    'env:\n- name: A\n  value: a\nx: 1\n',
    set('env[name=B].value', 'b'),
    'env:\n- name: A\n  value: a\n- name: B\n  value: b\nx: 1\n',
  ],
  'a wide gap behind the dash is followed': [
    'env:\n-   name: A\n    value: a\n',
    set('env[name=B].value', 'b'),
    'env:\n-   name: A\n    value: a\n-   name: B\n    value: b\n',
  ],
  'an environment variable joins a flow list': [
    'env: [{name: A, value: a}]\n',
    set('env[name=B].value', 'b'),
    'env: [{name: A, value: a}, {name: B, value: b}]\n',
  ],
  'an item inside is removed while its neighbour changes': [
    'env:\n- name: A\n  value: a\n- name: B # b\n  value: b\n- name: C # c\n  value: c\n',
    [remove('env[name=A]'), set('env[name=C].value', 'd')],
    'env:\n- name: B # b\n  value: b\n- name: C # c\n  value: d\n',
  ],
  'the first item of a list is removed': ['a:\n  - x # x\n  - z # z\n', set('a', ['z']), 'a:\n  - z # z\n'],
  'the first item of a list inside a list gives its place to the next': [
    'a:\n  - - x\n    - z\n',
    set('a', [['z']]),
    'a:\n  - - z\n',
  ],
  'an item is put before the first of a list inside a list': [
    'a:\n  - - x\n',
    set('a', [['w', 'x']]),
    'a:\n  - - w\n    - x\n',
  ],
  'comments below the first key behind a dash stay': [
    'c:\n  - command: [x] # why\n    # the name\n    name: web\n',
    remove('c[name=web].command'),
    'c:\n  -\n    # the name\n    name: web\n',
  ],
  'the only key leaves an empty map, with its comment': [
    'metadata:\n  labels: # ours\n    a: b\n  name: x\n',
    remove('metadata.labels.a'),
    'metadata:\n  labels: {} # ours\n  name: x\n',
  ],
  'the only key behind a dash leaves an empty map': [
    'c:\n  - a: 1\n  - b: 1\n',
    set('c', [{}, { b: 1 }]),
    'c:\n  - {}\n  - b: 1\n',
  ],
  'comments deeper than a removed key go with it, others stay': [
    'a:\n  # about b\n  b:\n    c: 1\n    # about c\n  # about d\n  d: 1\n',
    remove('a.b'),
    'a:\n  # about b\n  # about d\n  d: 1\n',
  ],
  'a map replaces an item': [
    'a:\n- x # c\n- z\n',
    set('a', [{ k: 1, m: [1] }, 'z']),
    'a:\n- k: 1 # c\n  m:\n  - 1\n- z\n',
  ],
  'a scalar replaces an item that is a map': [
    'a:\n- k: 1\n  m: 2\n- z\n',
    set('a', ['s', 'z']),
    'a:\n- s\n- z\n',
  ],
  'a scalar replaces a map and keeps the comment of its key': [
    'a: # c\n  b: 1\nc: 1\n',
    set('a', 5),
    'a: 5 # c\nc: 1\n',
  ],
  'a list replaces a map': ['a:\n  b: 1\nc: 1\n', set('a', ['x']), 'a:\n  - x\nc: 1\n'],
  'a block replaces a flow map and keeps its comment': [
    'a: {b: 1} # c\nd: 1\n',
    set('a', ['x', 'z']),
    'a: # c\n  - x\n  - z\nd: 1\n',
  ],
  'a tag that contradicts the new value goes': ['a: !!str 12\n', set('a', 5), 'a: 5\n'],
  'keys in quotes get a sibling in quotes': ['"a": 1\n"b": 2\n', set('c', 'x'), '"a": 1\n"b": 2\n"c": x\n'],
  'tabs before a comment stay': ['a:\t1\t# c\nb:\t2\n', [set('a', 3), set('b', 4)], 'a:\t3\t# c\nb:\t4\n'],
  'keys that look the same on other levels are left alone': [
    'image: x\na:\n  image: x\n  b:\n    image: x\n',
    set('a.image', 'z'),
    'image: x\na:\n  image: z\n  b:\n    image: x\n',
  ],
  'a scalar over several lines is replaced as a whole': [
    'a: one\n  two # c\nb: "x\n  y"\n',
    [set('a', 'z'), set('b', 'w')],
    'a: z # c\nb: "w"\n',
  ],
  'a key is inserted beside an explicit one': ['? a\n: 1\n', set('c', 3), '? a\n: 1\nc: 3\n'],
  'a file with lines of both kinds gets those around the place': [
    'a: 1\r\nb:\n  c: 1\n  d: 2\ne: 1\r\n',
    set('b.f', 3),
    'a: 1\r\nb:\n  c: 1\n  d: 2\n  f: 3\ne: 1\r\n',
  ],
  'an empty document of values is filled': ['{}\n', set('a.b', 1), 'a:\n  b: 1\n'],
  'comments alone stay above the first values': ['# none\n', set('a.b', 1), '# none\na:\n  b: 1\n'],
  'an empty file is filled': ['', set('a', 1), 'a: 1\n'],
  'a document that says nothing is filled below its comments': [
    '---\n# c\n',
    set('a', 1),
    '---\n# c\na: 1\n',
  ],
  'texts of several lines become literal blocks': [
    'data:\n  a: x # c\n',
    [set('data.a', 'one\ntwo\n'), set('data.b', 'three\n\nfour')],
    'data:\n  a: | # c\n    one\n    two\n  b: |-\n    three\n\n    four\n',
  ],
  'a text of several lines stays in the quotes it has': ['a: "x"\n', set('a', 'b\nc'), 'a: "b\\nc"\n'],
  'a long text is never folded': [
    'a: x\n',
    set('a', 'word '.repeat(60).trim()),
    `a: ${'word '.repeat(60).trim()}\n`,
  ],
  'numbers, booleans and null are plain beside quoted texts': [
    'a: "x"\nb: "y"\n',
    [set('c', 1), set('d', true), set('e', null), set('f', 'z')],
    'a: "x"\nb: "y"\nc: 1\nd: true\ne: null\nf: "z"\n',
  ],
  'new strings have the quotes of their siblings': [
    "args:\n- 'a'\n- 'b'\n",
    set('args', ['a', 'b', 'c']),
    "args:\n- 'a'\n- 'b'\n- 'c'\n",
  ],
})

/** Block scalars: one line changes, its neighbours, header and line ends do not. */
edits({
  'a folded block keeps its folds where words of one line change': [
    'a: >-  # c\n  one two\n  three\n\n  four\nb: 1\n',
    set('a', 'one 2 three\nfour'),
    'a: >-  # c\n  one 2\n  three\n\n  four\nb: 1\n',
  ],
  'an indentation indicator stays': [
    'a: |2\n    x\n   y\nb: 1\n',
    set('a', '  x\n z\n'),
    'a: |2\n    x\n   z\nb: 1\n',
  ],
  'kept blank lines stay': ['a: |+\n  x\n\nb: 1\n', set('a', 'x\ny\n\n'), 'a: |+\n  x\n  y\n\nb: 1\n'],
  'a literal block may lose a line': [
    'a: |\n  x\n  y\n  z\nb: 1\n',
    set('a', 'x\nz\n'),
    'a: |\n  x\n  z\nb: 1\n',
  ],
  'a literal block may gain a first line': [
    'a: |-\n  x\nb: 1\n',
    set('a', 'w\nx'),
    'a: |-\n  w\n  x\nb: 1\n',
  ],
  'a literal block that ends the file without a line end': [
    'a: |\n  x\n  y',
    set('a', 'x\nz\n'),
    'a: |\n  x\n  z',
  ],
  'the last line end of a literal block is given up by its header': [
    'a: |\n  x\nb: 1\n',
    set('a', 'x'),
    'a: |-\n  x\nb: 1\n',
  ],
  'a number replaces a block and leaves the blank line behind it': [
    'a: |\n  x\n\nb: 1\n',
    set('a', 5),
    'a: 5\n\nb: 1\n',
  ],
  'a map replaces a block': ['a: |\n  x\n\nb: 1\n', set('a', { q: 1 }), 'a:\n  q: 1\n\nb: 1\n'],
  'a key behind a stripped block goes before the blank lines': [
    'a:\n  s: |-\n    x\n\nb: 1\n',
    set('a.t', 1),
    'a:\n  s: |-\n    x\n  t: 1\n\nb: 1\n',
  ],
  'CRLF goes on inside a block': [
    'a: |\r\n  x\r\n  y\r\n',
    set('a', 'x\nz\nw\n'),
    'a: |\r\n  x\r\n  z\r\n  w\r\n',
  ],
  'a block under a key at the column of its dash': [
    'l:\n- s: |\n    x\n    y\n  t: 1\n',
    set('l[0].s', 'x\nz\n'),
    'l:\n- s: |\n    x\n    z\n  t: 1\n',
  ],
})

test('a manifest inside a block scalar is edited inside, down to its comments', () => {
  const before = [
    'patches:',
    '  - patch: |- # for web',
    '      - op: replace   # the tag',
    '        path: /spec/x',
    '        value: "a:1" # old',
    '',
    '      - op: add',
    '    target: {kind: Deployment}',
    '',
  ].join('\n')
  const parsed = parseManifestText(before)
  assert.ok(!isUnparsable(parsed))
  const at = ['patches', 0, 'patch']
  const inner = jsonAt(parsed.documents[0]?.json, at)
  const changed = editInlineManifest(String(inner), () => [
    { op: 'replace', path: '/spec/x', value: 'a:2' },
    { op: 'add' },
  ])
  const { text, line } = editManifestText(before, { document: 0, at }, changed ?? null)
  assert.equal(text, before.replace('a:1', 'a:2'))
  assert.equal(line, 5)
})

test('a values file inside a ConfigMap gains a key with the indentation of both', () => {
  const before =
    'kind: ConfigMap\ndata:\n  values.yaml: |\n    web:\n      tag: "1"\n    db: {}\n  other: x\n'
  const parsed = parseManifestText(before)
  assert.ok(!isUnparsable(parsed))
  const at = ['data', 'values.yaml']
  const changed = editInlineManifest(String(jsonAt(parsed.documents[0]?.json, at)), () => ({
    web: { tag: '1', memory: '1Gi' },
    db: {},
  }))
  assert.equal(
    editManifestText(before, { document: 0, at }, changed ?? null).text,
    before.replace('      tag: "1"\n', '      tag: "1"\n      memory: "1Gi"\n'),
  )
})

test('one object of a List is changed, its likeness beside it is not', () => {
  const item = '  - kind: Deployment\n    metadata: {name: web}\n    spec:\n      replicas: 1 # here\n'
  const text = `kind: List\nitems:\n${item}${item}`
  const parsed = parseManifestText(text)
  assert.ok(!isUnparsable(parsed))
  const after = { kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 2, paused: true } }
  assert.equal(
    editManifestText(text, { document: 0, at: ['items', 1] }, after).text,
    `kind: List\nitems:\n${item}${item.replace('replicas: 1 # here\n', 'replicas: 2 # here\n      paused: true\n')}`,
  )
})

test('documents with directives, ends and byte order marks around the edited one stay', () => {
  const text = '\ufeff%YAML 1.1\n---\na: 1\n...\n# between\n---\n---\na: 1 # x\n...\n'
  assert.equal(edit(text, set('a', 2), 2), text.replace('a: 1 # x', 'a: 2 # x'))
  assert.equal(edit(text, set('b', 2), 1), text.replace('---\n---\n', '---\nb: 2\n---\n'))
})
