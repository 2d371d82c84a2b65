import { isArray, isObject, type Json, ownMember } from '#src/domain/json.ts'
import { normalizedName } from './parameters.ts'

/** A template that needs more than is known here; the message says what. */
export class TemplateProblem extends Error {
  override readonly name = 'TemplateProblem'
}

/**
 * The part of Go's templates that ApplicationSets mostly use: fields (`{{ .path.basename }}`), `index`, pipes and a few
 * functions of Sprig and Argo CD. Everything else (conditions, loops, variables) and a field that is not there is a
 * TemplateProblem.
 */
export function goTemplate(text: string, parameters: Json): string {
  const parts = text.split(/\{\{([\s\S]*?)\}\}/)
  return parts
    .map((part, i) => {
      if (i % 2 === 1) return asText(pipeline(part.replace(/^-|-$/g, ''), parameters))
      const start = parts[i - 1]?.endsWith('-') ? part.trimStart() : part
      return parts[i + 1]?.startsWith('-') ? start.trimEnd() : start
    })
    .join('')
}

type Token =
  | { readonly value: Json }
  | { readonly path: string }
  | { readonly word: string }
  | { readonly mark: string }

const TOKEN = /^\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|(\.[\w.-]*)|([A-Za-z]\w*)|(-?\d+)|([|()]))/

function tokensOf(action: string): readonly Token[] {
  const tokens: Token[] = []
  for (let rest = action.trimEnd(); rest !== ''; ) {
    const match = TOKEN.exec(rest)
    if (match === null) throw new TemplateProblem(`the template action {{${action}}} is not known here`)
    const [whole, quoted, raw, path, word, number, mark] = match
    rest = rest.slice(whole.length)
    if (quoted !== undefined) tokens.push({ value: quoted.replace(/\\(.)/g, '$1') })
    else if (raw !== undefined) tokens.push({ value: raw })
    else if (path !== undefined) tokens.push({ path })
    else if (number !== undefined) tokens.push({ value: Number(number) })
    else tokens.push(mark === undefined ? { word: word ?? '' } : { mark })
  }
  return tokens
}

/** Each stage gets the one before as its last argument. */
function pipeline(action: string, parameters: Json): Json {
  const stages: Token[][] = [[]]
  for (const token of tokensOf(action)) {
    if ('mark' in token && token.mark !== '|')
      throw new TemplateProblem(`parentheses in {{${action}}} are not known here`)
    if ('mark' in token) stages.push([])
    else stages.at(-1)?.push(token)
  }
  let value: Json | undefined
  for (const [i, stage] of stages.entries()) {
    const [first, ...rest] = stage
    if (first === undefined) throw new TemplateProblem(`the template action {{${action}}} is not known here`)
    const given = (i === 0 ? [] : [value]) as readonly (Json | undefined)[]
    if ('word' in first) {
      const optional = first.word === 'default'
      const args = [...rest.map((token) => operand(token, parameters, optional)), ...given]
      value = call(first.word, args)
    } else if (rest.length > 0 || i > 0)
      throw new TemplateProblem(`the template action {{${action}}} is not known here`)
    else value = operand(first, parameters, isDefault(stages[1]))
  }
  if (value === undefined) throw new TemplateProblem(`the template action {{${action}}} has no value`)
  return value
}

function isDefault(stage: readonly Token[] | undefined): boolean {
  const first = stage?.[0]
  return first !== undefined && 'word' in first && first.word === 'default'
}

function operand(token: Token, parameters: Json, optional: boolean): Json | undefined {
  if ('value' in token) return token.value
  if (!('path' in token)) throw new TemplateProblem('a function within a function is not known here')
  const keys = token.path.split('.').filter((key) => key !== '')
  const value = keys.reduce<Json | undefined>(ownMember, parameters)
  if (value === undefined && !optional) throw new TemplateProblem(`the parameter ${token.path} is not there`)
  return value
}

type Args = readonly (Json | undefined)[]

const FUNCTIONS: ReadonlyMap<string, (...args: Args) => Json | undefined> = new Map<
  string,
  (...args: Args) => Json | undefined
>([
  [
    'default',
    (fallback, value) => (value === undefined || value === '' || value === null ? fallback : value),
  ],
  ['lower', (text) => asText(text).toLowerCase()],
  ['upper', (text) => asText(text).toUpperCase()],
  ['trim', (text) => asText(text).trim()],
  ['toString', (text) => asText(text)],
  ['normalize', (text) => normalizedName(asText(text))],
  ['quote', (text) => JSON.stringify(asText(text))],
  ['trimPrefix', (start, text) => withoutStart(asText(text), asText(start))],
  ['trimSuffix', (end, text) => withoutEnd(asText(text), asText(end))],
  ['replace', (from, to, text) => asText(text).replaceAll(asText(from), () => asText(to))],
  ['index', (value, ...keys) => keys.reduce<Json | undefined>(itemOf, value)],
])

function call(name: string, args: Args): Json | undefined {
  const known = FUNCTIONS.get(name)
  if (known === undefined) throw new TemplateProblem(`the template function ${name} is not known here`)
  return known(...args)
}

function itemOf(value: Json | undefined, key: Json | undefined): Json | undefined {
  return isArray(value) && typeof key === 'number' ? value[key] : ownMember(value, asText(key))
}

function withoutStart(text: string, start: string): string {
  return text.startsWith(start) ? text.slice(start.length) : text
}

function withoutEnd(text: string, end: string): string {
  return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text
}

function asText(value: Json | undefined): string {
  if (value === undefined || value === null || isArray(value) || isObject(value))
    throw new TemplateProblem('a template would print something that is no text')
  return String(value)
}
