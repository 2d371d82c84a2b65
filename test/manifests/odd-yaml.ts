import fc from 'fast-check'
import { isArray, isObject, type Json } from '#src/domain/json.ts'

/** YAML in the odd styles that people write, with the value of each of its documents. */
export interface OddYaml {
  readonly text: string
  readonly values: readonly Json[]
}

const word = fc.constantFrom(
  'nginx:1.27',
  'a b',
  '--flag=x',
  "it's",
  '$(VAR)',
  'é😀',
  'x #y',
  'yes',
  '1.20',
  'web',
)
const lines = fc
  .array(fc.constantFrom('one', 'two words', '  deeper', '# no comment', 'key: value', ''), {
    minLength: 1,
    maxLength: 4,
  })
  .map((all) => ['first', ...all, 'last'].join('\n'))
const scalar: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: word },
  { weight: 2, arbitrary: lines },
  { weight: 1, arbitrary: lines.map((text) => `${text}\n`) },
  fc.integer({ min: -5, max: 5000 }),
  fc.boolean(),
  fc.constant(null),
)
const key = fc.constantFrom('name', 'image', 'value', 'a.b/c', 'labels', 'spec', 'items', 'q1', 'env', 'zz')

export const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<Json>,
  ),
}))
const object = fc.dictionary(key, tree, {
  minKeys: 1,
  maxKeys: 5,
  noNullPrototype: true,
}) as fc.Arbitrary<Json>

interface Style {
  readonly choose: (below: number) => number
  readonly step: number
  readonly indentLists: boolean
}

export const oddYaml: fc.Arbitrary<OddYaml> = fc
  .record({
    values: fc.array(object, { minLength: 1, maxLength: 3 }),
    choices: fc.array(fc.nat(1000), { minLength: 20, maxLength: 80 }),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    step: fc.constantFrom(2, 4),
    indentLists: fc.boolean(),
    finished: fc.boolean(),
    mark: fc.boolean(),
    directive: fc.boolean(),
  })
  .map(({ values, choices, lineEnd, step, indentLists, finished, mark, directive }) => {
    let next = 0
    const choose = (below: number) => (choices[next++ % choices.length] ?? 0) % below
    const style = { choose, step, indentLists }
    const rows = directive ? ['%YAML 1.1', '---'] : choose(2) === 0 ? ['# head', '---'] : []
    for (const [i, value] of values.entries()) {
      if (i > 0) rows.push(...(choose(3) === 0 ? ['...', '# between', '---'] : ['---']))
      rows.push(...block(value, '', style))
    }
    const last = rows.at(-1) ?? ''
    // A kept or clipped block scalar needs its last line end to be what it is.
    const end =
      finished || /^\s*(?:first|last|one|two words|deeper|key: value|#.*)?$/.test(last) ? lineEnd : ''
    return { text: (mark ? '\ufeff' : '') + rows.join(lineEnd) + end, values }
  })

function block(value: Json, indent: string, style: Style): string[] {
  const { choose, step, indentLists } = style
  const comment = () => ['', '', '  # note', '\t# 😀 tab'][choose(4)] ?? ''
  if (isObject(value)) {
    return Object.entries(value).flatMap(([name, each = null]) => {
      const before = choose(8) === 0 ? [`${indent}# about it`] : choose(9) === 0 ? [''] : []
      const begin = `${indent}${quotedKey(name, choose)}:`
      const anchor = choose(7) === 0 ? ` &a${choose(1000)}` : ''
      if ((isObject(each) || isArray(each)) && choose(4) > 0) {
        const deeper = isArray(each) && !indentLists ? indent : indent + ' '.repeat(step)
        return [...before, `${begin}${anchor}${comment()}`, ...block(each, deeper, style)]
      }
      if (each === null && choose(2) === 0) return [...before, `${begin}${comment()}`]
      if (typeof each === 'string' && each.includes('\n') && choose(3) > 0) {
        const [header = '', ...body] = blockScalar(each, indent + ' '.repeat(step), step, style)
        return [...before, `${begin}${anchor} ${header}`, ...body]
      }
      return [...before, `${begin}${anchor} ${flow(each, choose)}${comment()}`]
    })
  }
  if (isArray(value)) {
    return value.flatMap((item) => {
      const gap = choose(5) === 0 ? '   ' : ' '
      if (isObject(item) && choose(4) > 0) {
        const inner = block(item, `${indent} ${gap}`, style)
        const first = inner.findIndex((row) => row !== '' && !row.trimStart().startsWith('#'))
        return [
          ...inner.slice(0, first),
          `${indent}-${gap}${inner[first]?.trimStart()}`,
          ...inner.slice(first + 1),
        ]
      }
      return [`${indent}-${gap}${flow(item, choose)}${comment()}`]
    })
  }
  return [indent + flow(value, choose)]
}

function blockScalar(value: string, indent: string, step: number, { choose }: Style): string[] {
  const clipped = value.endsWith('\n')
  const body = value.replace(/\n$/, '').split('\n')
  const indicator = choose(3) === 0 ? String(step) : ''
  const header = `|${indicator}${clipped ? '' : '-'}${choose(3) === 0 ? ' # why' : ''}`
  return [header, ...body.map((row) => (row === '' ? '' : indent + row))]
}

function quotedKey(name: string, choose: Style['choose']): string {
  return choose(6) === 0 ? JSON.stringify(name) : choose(6) === 0 ? `'${name}'` : name
}

function flow(value: Json, choose: Style['choose']): string {
  const pad = choose(2) === 0 ? ' ' : ''
  if (isArray(value))
    return value.length === 0 ? '[]' : `[${pad}${value.map((each) => flow(each, choose)).join(', ')}${pad}]`
  if (isObject(value)) {
    const pairs = Object.entries(value).map(([name, each]) => `${name}: ${flow(each ?? null, choose)}`)
    return pairs.length === 0 ? '{}' : `{${pad}${pairs.join(', ')}${pad}}`
  }
  if (value === null) return choose(2) === 0 ? '~' : 'null'
  if (typeof value === 'string') {
    if (choose(3) > 0 && /^[a-z][a-z:.$()-]*[0-9.]*$/.test(value) && value !== 'yes') return value
    if (choose(2) === 0 && !value.includes('\n')) return `'${value.replaceAll("'", "''")}'`
  }
  return JSON.stringify(value)
}
