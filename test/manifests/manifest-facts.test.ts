import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { manifestFacts } from '#src/manifests/manifest-facts.ts'
import { oddYaml } from './odd-yaml.ts'

const CONTAINER = 'spec:\n  containers:\n  - name: app\n'
const WEB = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n`

/** By what a text is: the names it tells. Empty: only a parser can tell one. */
const NAMES: Readonly<Record<string, readonly [text: string, names: readonly string[]]>> = {
  'a manifest: its own, and none of what it holds': [`${WEB}${CONTAINER}`, ['web']],
  'a manifest whose name comes last': [`kind: Pod\n${CONTAINER}metadata: # last\n  name: web\n`, ['web']],
  'a manifest with the line ends of Windows': [`${WEB}${CONTAINER}`.replaceAll('\n', '\r\n'), ['web']],
  'documents one after the other': [`${WEB}${CONTAINER}---\nmetadata:\n  name: "api"\n`, ['web', 'api']],
  'a list of objects': [
    'kind: List\nitems:\n- metadata:\n    name: web\n- metadata: {name: api}\n',
    ['web', 'api'],
  ],
  'quoted members': ['"metadata":\n  "name": \'web\'\n"spec":\n  name: app\n', ['web']],
  'JSON: every name, as its members stand in no lines of their own': [
    '{"metadata": {"name": "web"}, "spec": {"containers": [{"name": "app"}]}}',
    ['web', 'app'],
  ],
  'what anchors may move: every name': [`a: &x\n  name: web\n${CONTAINER}metadata: *x\n`, ['web', 'app']],
  'a quoted text over several lines, which may look like members: every name': [
    `metadata:\n  annotations: {note: "first\nspec:\n  second"}\n  name: web\n${CONTAINER}`,
    ['web', 'app'],
  ],
  'a line that no manifest has: every name': [`server {\n${WEB}${CONTAINER}`, ['web', 'app']],
  generators: ['configMapGenerator:\n- name: settings\n  literals: [a=b]\n', ['settings']],
  'a name behind an anchor': ['metadata:\n  name: &name web\n', ['']],
  'a name with an escape': ['metadata:\n  name: "w\\x65b"\n', ['']],
  'a name in a block of its own': ['metadata:\n  name: >-\n    web\n', ['']],
}

for (const [what, [text, names]] of Object.entries(NAMES)) {
  test(`names at a glance: ${what}`, () => assert.deepEqual(manifestFacts(text).names, names))
}

const MEMBERS_OF_CONTENTS = new Set(['spec', 'data', 'stringData', 'binaryData', 'status'])

/** Names that objects of a document may have: those at any place but below what objects hold. */
function namesOf(value: Json, depth = 0): readonly string[] {
  if (isArray(value)) return value.flatMap((each) => namesOf(each, depth + 1))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, each]) => {
    if (depth === 0 && MEMBERS_OF_CONTENTS.has(key)) return []
    if (key === 'name' && typeof each === 'string') return /^[\w.:-]+$/.test(each) ? [each] : []
    return namesOf(each ?? null, depth + 1)
  })
}

test('whatever the style, every name that a parser finds is told, or that only a parser can tell it', () => {
  fc.assert(
    fc.property(oddYaml, ({ text, values }) => {
      const { names } = manifestFacts(text)
      if (names.includes('')) return
      const missed = values.flatMap((value) => namesOf(value)).filter((name) => !names.includes(name))
      assert.deepEqual(missed, [], text)
    }),
    { numRuns: 1000 },
  )
})

test('kinds are told wherever they stand', () => {
  assert.deepEqual(manifestFacts('kind: List\nitems:\n- {kind: "Pod"}\n- kind: Job\n').kinds, [
    'List',
    'Pod',
    'Job',
  ])
})
