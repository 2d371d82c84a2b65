import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatFieldPath, parseFieldPath } from '#src/domain/field-path.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import type { ChartContents } from '#src/manifests/helm/helm-contents.ts'
import { helmIgnore } from '#src/manifests/helm/helm-ignore.ts'
import { markOf } from '#src/manifests/helm/helm-marks.ts'
import { placements, type ValuesModel, withSets } from '#src/manifests/helm/helm-placement.ts'
import { referencedPaths } from '#src/manifests/helm/helm-references.ts'
import { solve } from '#src/manifests/helm/helm-solve.ts'
import { effectiveValues, overlayOf } from '#src/manifests/helm/helm-values.ts'

function chart(values: JsonObject, more: Partial<ChartContents> = {}): ChartContents {
  return { values, templates: [], isLibrary: false, subcharts: [], ...more }
}

describe('what templates see as .Values', () => {
  const redis = chart({ memory: '1Gi', auth: { on: true, name: 'a' } })
  const library = chart({ unused: 1 }, { isLibrary: true })
  const subcharts = [
    { key: 'cache', chart: redis },
    { key: 'common', chart: library },
  ]
  const umbrella = chart({ list: [1, 2], cache: { memory: '2Gi' }, gone: { a: 1, b: 2 } }, { subcharts })
  const cases: Readonly<Record<string, readonly [layers: readonly JsonObject[], seen: JsonObject]>> = {
    'a chart’s values lie over its subcharts’, and a library has none': [
      [],
      { cache: { memory: '2Gi', auth: { on: true, name: 'a' } }, list: [1, 2], gone: { a: 1, b: 2 } },
    ],
    'maps are merged, lists are replaced, null removes': [
      [{ list: [3] }, { cache: { auth: { name: 'b' } }, gone: { a: null } }],
      { cache: { memory: '2Gi', auth: { on: true, name: 'b' } }, list: [3], gone: { b: 2 } },
    ],
    'a map over an earlier layer’s null brings the chart’s values back': [
      [{ gone: null }, { gone: { c: 3 } }],
      { cache: { memory: '2Gi', auth: { on: true, name: 'a' } }, list: [1, 2], gone: { a: 1, b: 2, c: 3 } },
    ],
  }
  for (const [title, [layers, seen]] of Object.entries(cases)) {
    test(title, () => assert.deepEqual(effectiveValues(umbrella, layers), seen))
  }

  test('an overlay holds changed lists whole and nothing that did not change', () => {
    const values = {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
      image: { tag: '1', name: 'x' },
      extra: null,
    }
    const sets = [
      { path: parseFieldPath('env[1].value'), value: '3' },
      { path: parseFieldPath('image.tag'), value: undefined },
      { path: parseFieldPath('extra.deep'), value: 1 },
    ]
    assert.deepEqual(overlayOf(values, sets), {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '3' },
      ],
      image: { tag: null },
      extra: { deep: 1 },
    })
  })
})

test('keys are read out of templates in every common way', () => {
  const text = `{{ .Values.a.b }} {{- with $.Values.c }}{{ end }} {{ index .Values "d-e" "f" }}
{{- $img := .Values.img }}{{ $img.tag }} {{ .Values.a.b | quote }}`
  const inner = chart({}, { templates: [{ source: 's', file: 's', text: '{{ .Values.port }}' }] })
  const outer = chart(
    {},
    { templates: [{ source: 't', file: 't', text }], subcharts: [{ key: 'sub', chart: inner }] },
  )
  assert.deepEqual(referencedPaths(outer).map(formatFieldPath).sort(), [
    'a.b',
    'c',
    'd-e.f',
    'img',
    'img.tag',
    'sub.port',
  ])
})

describe('what values must be for a text', () => {
  const repository = markOf(1, parseFieldPath('repository'), 'nginx')
  const tag = markOf(2, parseFieldPath('tag'), '1.25')
  const fresh = markOf(3, parseFieldPath('tag'), '')
  const port = markOf(4, parseFieldPath('port'), 8080)
  const text = (...parts: readonly Json[]) => parts.join('')
  const cases: Readonly<
    Record<string, readonly [marked: Json, wanted: Json, values: Readonly<Record<string, Json>>[]]>
  > = {
    'only the tag': [text(repository.value, ':', tag.value), 'nginx:1.26', [{ tag: '1.26' }]],
    'only the repository': [text(repository.value, ':', tag.value), 'caddy:1.25', [{ repository: 'caddy' }]],
    'both, when neither alone will do': [
      text(repository.value, ':', tag.value),
      'r.example:5000/caddy:2',
      [{ repository: 'r.example:5000/caddy', tag: '2' }],
    ],
    'a registry’s port is no tag': [text(repository.value, ':', tag.value), 'r.example:5000/caddy', []],
    'a digest is no tag': [text(repository.value, ':', tag.value), `nginx@sha256:${'a'.repeat(64)}`, []],
    'a key without a value is always given': [text('nginx:', fresh.value), 'nginx:1.27', [{ tag: '1.27' }]],
    'a quoted number stays a number': [String(port.value), '9090', [{ port: 9090 }]],
    'a text twice in it must fit twice': [text(tag.value, '-', tag.value), '2-3', []],
    'a text that does not fit': [text('http://', repository.value), 'ftp://x', []],
  }
  for (const [title, [marked, wanted, expected]] of Object.entries(cases)) {
    test(title, () => {
      const found = solve(
        marked,
        [repository, tag, fresh, port].filter(({ token }) => String(marked).includes(token)),
        wanted,
      )
      const shown = found.map((sets) =>
        Object.fromEntries(sets.map(({ path, value }) => [formatFieldPath(path), value])),
      )
      assert.deepEqual(shown, expected)
    })
  }
})

describe('where a value is written', () => {
  const file = (values: JsonObject) => ({ kind: 'file', values }) as const
  const inline = (values: JsonObject) => ({ kind: 'inline', values }) as const
  const model = (
    layers: ValuesModel['layers'],
    chartValues: JsonObject | undefined = { a: 1, list: [{ n: 1 }] },
  ): ValuesModel => ({
    effective: Object.assign(
      {},
      chartValues ?? { a: 1 },
      ...layers.map(({ values }) => values),
    ) as JsonObject,
    chart: chartValues,
    below: {},
    layers,
  })
  const cases: Readonly<
    Record<
      string,
      readonly [
        model: ValuesModel,
        field: string,
        value: Json | undefined,
        first: readonly [layer: unknown, document: Json] | undefined,
      ]
    >
  > = {
    'in the last layer that sets it': [
      model([file({ a: 2 }), file({ a: 3 }), file({ b: 1 })]),
      'a',
      9,
      [1, { a: 9 }],
    ],
    'in the last file when only the chart sets it': [
      model([file({}), file({ b: 1 })]),
      'a',
      9,
      [1, { b: 1, a: 9 }],
    ],
    'in a file rather than in an engine’s object': [model([file({}), inline({})]), 'a', 9, [0, { a: 9 }]],
    'in an engine’s object where it sets the key': [
      model([file({ a: 2 }), inline({ a: 3 })]),
      'a',
      9,
      [1, { a: 9 }],
    ],
    'in the chart when there is no layer': [model([]), 'a', 9, ['chart', { a: 9, list: [{ n: 1 }] }]],
    'a list as a whole where it is not yet': [model([file({})]), 'list[0].n', 2, [0, { list: [{ n: 2 }] }]],
    'a list in place where it is': [
      model([file({ list: [{ n: 5 }, { n: 6 }] })]),
      'list[1].n',
      7,
      [0, { list: [{ n: 5 }, { n: 7 }] }],
    ],
    'a removal takes the key out where nothing lies below': [
      model([file({ b: 1, c: 2 })]),
      'b',
      undefined,
      [0, { c: 2 }],
    ],
    'a removal is a null where the chart has a value': [
      model([file({ a: 2 })]),
      'a',
      undefined,
      [0, { a: null }],
    ],
    'nowhere in an archive without layers': [model([], undefined), 'a', 9, undefined],
  }
  for (const [title, [given, field, value, expected]] of Object.entries(cases)) {
    test(title, () => {
      const [first] = placements({ ...given, chart: title.includes('archive') ? undefined : given.chart }, [
        { path: parseFieldPath(field), value },
      ])
      const document = first?.layer === 'chart' ? given.chart : given.layers[first?.layer ?? -1]?.values
      assert.deepEqual(first && [first.layer, withSets(document ?? {}, first.sets)], expected)
    })
  }
})

test('a .helmignore leaves out what helm leaves out', () => {
  const ignored = helmIgnore('# comment\n*.md\n/docs/\ntmp/\ntemplates/a?.yaml\n')
  const left = [
    'README.md',
    'x/y.md',
    'docs/a.txt',
    'a/tmp/b',
    'templates/ab.yaml',
    'templates/b.yaml',
    'a/docs/b',
    'tmp',
  ].filter((path) => !ignored(path))
  assert.deepEqual(left, ['templates/b.yaml', 'a/docs/b', 'tmp'])
  assert.ok(!helmIgnore('*\n!keep\n')('anything'))
})
