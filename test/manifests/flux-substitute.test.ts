// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the expressions that are tested

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '#src/manifests/kustomize/flux-expression.ts'
import { substituteBuilt, variableSources } from '#src/manifests/kustomize/flux-substitute.ts'

const VARIABLES = {
  name: 'web',
  path: '/home/ada/notes.for.today',
  mixed: 'abcABC123ABCabc',
  file: 'bash.string.txt',
  empty: '',
  wide: 'é1',
}

/** Each as Flux's own envsubst gives it. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  'plain text $HOME $ 5$': 'plain text $HOME $ 5$',
  'a-${name}-b': 'a-web-b',
  '$${name} and $$5': '${name} and $5',
  'x $${name=${name}}': 'x ${name=web}',
  '${none:-a b}': 'a b',
  '${none:=a}': 'a',
  '${none=a}': 'a',
  '${empty:-a}': 'a',
  '${name:-a}': 'web',
  '${name:+a}': 'web',
  '${none:-}': '',
  '${none:=pre${name}-post}': 'preweb-post',
  '${none:=${other:=deep}}': 'deep',
  '${#path}': '25',
  '${#wide}': '3',
  '${path:11}': 'notes.for.today'.slice(1),
  '${path:11:4}': 'otes',
  '${path:0:5}': '/home',
  '${mixed:3:-3}': 'ABC123ABC',
  '${mixed:99}': '',
  '${mixed: -3}': 'abcABC123ABCabc',
  '${name^}': 'Web',
  '${name^^}': 'WEB',
  '${mixed,,}': 'abcabc123abcabc',
  '${mixed,}': 'abcABC123ABCabc',
  '${mixed/abc/x}': 'xABC123ABCabc',
  '${mixed//abc/x}': 'xABC123ABCx',
  '${mixed/#abc/x}': 'xABC123ABCabc',
  '${mixed/%abc/x}': 'abcABC123ABCx',
  '${name/#/my-}': 'my-web',
  '${path//\\//-}': '-home-ada-notes.for.today',
  '${file/./}': 'bashstring.txt',
  '${file#*.}': 'string.txt',
  '${file##*.}': 'txt',
  '${file%.*}': 'bash.string',
  '${file%%.*}': 'bash',
  '${path##*/}': 'notes.for.today',
}

test('expressions mean what they mean to Flux', () => {
  const results = Object.keys(EXPRESSIONS).map((text) => [text, evaluate(text, VARIABLES, true)])
  assert.deepEqual(Object.fromEntries(results), EXPRESSIONS)
})

test('what Flux cannot read is an error that shows it', () => {
  for (const text of [
    '${}',
    '${ name}',
    '${name',
    '${name-x}',
    '${name.x}',
    '${name:}',
    '${name/x}',
    '${none:-x',
  ])
    assert.throws(
      () => evaluate(text, VARIABLES, true),
      { name: 'SubstitutionError', message: /cannot be read/ },
      text,
    )
})

test('an undefined variable is an error when strict and empty otherwise; a default is neither', () => {
  for (const text of ['${none}', '${#none}', '${none^^}', '${none:0:1}', '${none/a/b}', '${none#a}'])
    assert.throws(() => evaluate(text, {}, true), { message: /variable none has no value/ }, text)
  assert.equal(evaluate('[${none}${none^^}${none:-d}]', {}, false), '[d]')
})

test('names of what JavaScript objects inherit are no variables', () => {
  assert.throws(() => evaluate('${constructor}', {}, true), { message: /no value/ })
  assert.equal(evaluate('${__proto__:-x}', {}, true), 'x')
})

test('a huge or deeply nested text ends', () => {
  assert.equal(evaluate('${a}'.repeat(100_000), { a: 'x' }, true).length, 100_000)
  assert.throws(() => evaluate('${a:-'.repeat(5000), {}, true), { name: 'SubstitutionError' })
  assert.throws(() => evaluate('${a}'.repeat(50_000), { a: 'x'.repeat(1000) }, true), {
    message: /too large/,
  })
})

const object = (name: string, more: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n${more}  name: ${name}\n`

test('substitution works on the text of each object, and what comes out is read as YAML', () => {
  const yaml = `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: \${name}\nspec:\n  replicas: \${count}\n---\n${object('b', '').replace('b\n', 'b-${name}\n')}`
  const built = substituteBuilt(yaml, { name: 'web', count: '3' })
  assert.match(built, /name: web\nspec:\n {2}replicas: 3\n---\n/)
  assert.match(built, /name: b-web\n$/)
})

test('objects that say so, by label or annotation, are left alone', () => {
  for (const where of ['labels', 'annotations']) {
    const mark = `  ${where}:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\n`
    const yaml = `${object('a', mark)}data:\n  x: \${none}\n---\n${object('b', '')}data:\n  x: \${name}\n`
    assert.match(substituteBuilt(yaml, { name: 'web' }), /x: \$\{none\}\n---\n(?:.|\n)*x: web/)
  }
})

test('without variables everything is left as it is, and line ends leave the values', () => {
  assert.equal(substituteBuilt('a: ${none}\n', {}), 'a: ${none}\n')
  assert.equal(substituteBuilt('a: ${x}\n', { x: 'one\ntwo\n' }), 'a: onetwo\n')
})

test('a value that breaks the YAML, a wrong name and an undefined variable name the object', () => {
  const yaml = `${object('conf', '')}data:\n  x: \${value}\n`
  assert.throws(() => substituteBuilt(yaml, { value: '"' }), {
    code: 'RenderFailed',
    message: /ConfigMap conf: after variable substitution it is no YAML/,
  })
  assert.throws(() => substituteBuilt(yaml, { other: 'x' }), {
    code: 'RenderFailed',
    message: /ConfigMap conf: the variable value has no value/,
  })
  assert.throws(() => substituteBuilt(yaml, { 'a-b': 'x' }), { code: 'RenderFailed', message: /"a-b"/ })
})

test('a field comes from the variable that is set, or from the default in its text', () => {
  assert.deepEqual(variableSources('nginx:${tag}', { tag: '1.0' }, 'nginx:2.0'), [
    { kind: 'variable', name: 'tag', value: '2.0' },
  ])
  assert.deepEqual(variableSources('${count}', { count: '3' }, 5), [
    { kind: 'variable', name: 'count', value: '5' },
  ])
  assert.deepEqual(variableSources('nginx:${tag:-1.0}', {}, 'nginx:2.0'), [
    { kind: 'text', text: 'nginx:${tag:-2.0}' },
  ])
  assert.deepEqual(variableSources('${image}:${tag:=1.0}', { image: 'nginx' }, 'apache:1.0'), [
    { kind: 'variable', name: 'image', value: 'apache' },
  ])
  assert.deepEqual(variableSources('${name^^}', { name: 'web' }, 'API'), [])
  assert.deepEqual(variableSources('nginx:1.0', { tag: '1.0' }, 'nginx:2.0'), [])
})
