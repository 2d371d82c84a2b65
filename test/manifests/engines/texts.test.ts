import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '#src/domain/json.ts'
import { imageEntry } from '#src/manifests/engines/argo-kustomize.ts'
import { globMatches } from '#src/manifests/engines/glob.ts'
import { goTemplate, TemplateProblem } from '#src/manifests/engines/go-template.ts'
import { repositoryUrl } from '#src/manifests/engines/repository-url.ts'
import { setValue } from '#src/manifests/engines/set-value.ts'

describe('a repository’s address is one text', () => {
  const SAME = 'git.example.com/Shop/infra'
  const URLS: Readonly<Record<string, string | undefined>> = {
    'https://git.example.com/Shop/infra': SAME,
    'https://git.example.com/Shop/infra.git': SAME,
    'https://Git.Example.COM/Shop/infra/': SAME,
    'https://user:token@git.example.com/Shop/infra?ref=x#y': SAME,
    'https://git.example.com:443/Shop//infra': SAME,
    'http://git.example.com/Shop/infra': SAME,
    'ssh://git@git.example.com/Shop/infra.git': SAME,
    'ssh://git@git.example.com:22/Shop/infra': SAME,
    'git@git.example.com:Shop/infra.git': SAME,
    'git.example.com:Shop/infra': SAME,
    'https://git.example.com/Shop/%69nfra': SAME,
    'https://git.example.com:8443/Shop/infra': 'git.example.com:8443/Shop/infra',
    'ssh://git@git.example.com:2222/Shop/infra': 'git.example.com:2222/Shop/infra',
    'https://git.example.com/shop/infra': 'git.example.com/shop/infra',
    'https://git.example.com': undefined,
    'https://git.example.com/a/../b': 'git.example.com/b',
    'https://git.example.com/a/%2e%2e/b': 'git.example.com/b',
    'file:///etc': undefined,
    'ext::sh -c x': undefined,
    'a b': undefined,
    '': undefined,
  }
  for (const [text, expected] of Object.entries(URLS)) {
    test(JSON.stringify(text), () => assert.equal(repositoryUrl(text), expected))
  }
})

describe('a pattern matches', () => {
  const GLOBS: readonly (readonly [string, string, '/' | undefined, boolean])[] = [
    ['apps/*', 'apps/web', '/', true],
    ['apps/*', 'apps/web/deep', '/', false],
    ['apps/**', 'apps/web/deep', '/', true],
    ['**/config.json', 'config.json', '/', true],
    ['**/config.json', 'a/b/config.json', '/', true],
    ['a/**/z', 'a/z', '/', true],
    ['a/**/z', 'a/b/c/y', '/', false],
    ['d/[fg]', 'd/g', '/', true],
    ['d/[!fg]', 'd/g', '/', false],
    ['d/[a-c]x', 'd/bx', '/', true],
    ['?', 'é', '/', true],
    ['*', '', '/', true],
    ['a\\*', 'a*', '/', true],
    ['a\\*', 'ab', '/', false],
    ['{a,b}/*.yaml', 'b/x.yaml', '/', true],
    ['{*.yml,drafts/*}', 'drafts/deep/x', undefined, true],
    ['*.yaml', 'deep/x.yaml', undefined, true],
    ['web-*', 'web-prod', undefined, true],
    ['web-*', 'api-prod', undefined, false],
  ]
  for (const [pattern, text, separator, expected] of GLOBS) {
    test(`${pattern} ${expected ? '' : 'not '}${text}${separator === undefined ? ' anywhere' : ''}`, () =>
      assert.equal(globMatches(pattern, text, separator), expected))
  }

  test('in bounded steps, however it is made', () => {
    const stars = '*a'.repeat(400)
    assert.equal(globMatches(stars, `${'a'.repeat(2000)}b`), false)
    assert.equal(globMatches('{a,b}'.repeat(40), 'a'.repeat(40)), false)
    assert.equal(globMatches('**/'.repeat(300), 'a/'.repeat(300), '/'), true)
  })

  test('itself, where nothing in it is special', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z./-]{0,20}$/), (text) => {
        assert.equal(globMatches(text, text, '/'), true)
        assert.equal(globMatches(text, text), true)
      }),
    )
  })
})

describe('a Helm parameter sets', () => {
  const SETS: readonly (readonly [string, string, boolean, Json])[] = [
    ['a.b', 'x', false, { a: { b: 'x' } }],
    ['a', '1', false, { a: 1 }],
    ['a', '1', true, { a: '1' }],
    ['a', '-3', false, { a: -3 }],
    ['a', '0', false, { a: 0 }],
    ['a', '007', false, { a: '007' }],
    ['a', '1.20', false, { a: '1.20' }],
    ['a', '99999999999999999999', false, { a: '99999999999999999999' }],
    ['a', 'true', false, { a: true }],
    ['a', 'null', false, { a: null }],
    ['a', '', false, { a: '' }],
    ['a\\.b/c.d', 'x', false, { 'a.b/c': { d: 'x' } }],
    ['a', '{1,b,c\\,d}', false, { a: [1, 'b', 'c,d'] }],
    ['a', '{}', false, { a: [] }],
    ['a', 'x,y', false, { a: 'x,y' }],
    ['__proto__.a', 'x', false, JSON.parse('{"__proto__": {"a": "x"}}') as Json],
  ]
  for (const [name, value, asString, expected] of SETS) {
    test(`${name}=${value}${asString ? ' as text' : ''}`, () => {
      const set = setValue(name, value, asString)
      assert.ok(!('problem' in set))
      assert.deepEqual(set.values, expected)
    })
  }
})

describe('an image of an Application is', () => {
  const IMAGES: Readonly<Record<string, readonly Json[]>> = {
    'web:1.2': [{ name: 'web', newTag: '1.2' }],
    'web=registry.example.com:5000/web:1.2': [
      { name: 'web', newName: 'registry.example.com:5000/web', newTag: '1.2' },
    ],
    'web=registry.example.com:5000/web': [{ name: 'web', newName: 'registry.example.com:5000/web' }],
    'registry.example.com:5000/web': [{ name: 'registry.example.com:5000/web' }],
    'web@sha256:0f': [{ name: 'web', digest: 'sha256:0f' }],
    'web:1.2@sha256:0f': [{ name: 'web', newTag: '1.2', digest: 'sha256:0f' }],
    'web=web:1.2': [{ name: 'web', newTag: '1.2' }],
    '=web': [],
    '': [],
  }
  for (const [text, expected] of Object.entries(IMAGES)) {
    test(JSON.stringify(text), () => assert.deepEqual(imageEntry(text), expected))
  }
})

describe('a Go template', () => {
  const parameters = { name: 'Web_1', n: 3, path: { segments: ['a', 'b'] }, 'a-b': 'dash' }
  const PRINTED: Readonly<Record<string, string>> = {
    'x-{{ .name | lower }}-y': 'x-web_1-y',
    '{{.name|normalize}}': 'web-1',
    '{{ index .path.segments 1 }}': 'b',
    '{{ index .path "segments" | index 0 }}': '',
    '{{ .other | default "z" }}': 'z',
    '{{ default "z" .name }}': 'Web_1',
    '{{ .n }}': '3',
    'a {{- .n -}} b': 'a3b',
    '{{ trimPrefix "We" .name | replace "_" "." }}': 'b.1',
    '{{ .name | trimSuffix "_1" | quote }}': '"Web"',
    'no action': 'no action',
  }
  for (const [text, expected] of Object.entries(PRINTED)) {
    if (expected === '')
      test(`refuses ${text}`, () => assert.throws(() => goTemplate(text, parameters), TemplateProblem))
    else test(`prints ${text}`, () => assert.equal(goTemplate(text, parameters), expected))
  }

  test('prints no list, no mapping and nothing that is inherited', () => {
    for (const text of [
      '{{ .path }}',
      '{{ .path.segments }}',
      '{{ .constructor }}',
      '{{ $x }}',
      '{{ (.name) }}',
    ])
      assert.throws(() => goTemplate(text, parameters), TemplateProblem)
  })
})
