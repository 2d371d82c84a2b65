import { formatFieldPath } from '#src/domain/field-path.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'

/** What `--set NAME=VALUE` sets: the values that hold just that, and the field path of it in them. */
export interface SetValue {
  readonly values: JsonObject
  readonly valueAt: string
}

export interface Unsettable {
  readonly problem: string
}

/**
 * Reads a Helm parameter as helm's `strvals` does: dots part the keys, a backslash takes the next character as it is,
 * `{a,b}` is a list, `true`, `false`, `null` and whole numbers without a leading zero are typed unless `asString`.
 * A position in a list (`hosts[0]`) depends on what stands there and is not read.
 */
export function setValue(name: string, value: string, asString: boolean): SetValue | Unsettable {
  const keys = keysOf(name)
  if (keys === undefined)
    return { problem: `the Helm parameter ${name} sets an item of a list by its position` }
  if (keys.some((key) => key === '')) return { problem: `the Helm parameter "${name}" has an empty key` }
  const values = keys.reduceRight<Json>(
    (inner, key) => ({ [key]: inner }),
    read(value, asString),
  ) as JsonObject
  return { values, valueAt: formatFieldPath(keys.map((member) => ({ member }))) }
}

function keysOf(name: string): readonly string[] | undefined {
  const keys = ['']
  for (let i = 0; i < name.length; i++) {
    const character = name[i] ?? ''
    if (character === '[') return undefined
    if (character === '.') keys.push('')
    else {
      if (character === '\\') i += 1
      keys[keys.length - 1] += character === '\\' ? (name[i] ?? '') : character
    }
  }
  return keys
}

function read(value: string, asString: boolean): Json {
  const list = /^\{([\s\S]*)\}$/.exec(value)
  if (!list) return typed(unescaped(value), asString)
  const inner = list[1] ?? ''
  if (inner === '') return []
  return (inner.match(/(?:\\[\s\S]|[^,\\])+|(?<=,|^)(?=,|$)/g) ?? []).map((item) =>
    typed(unescaped(item), asString),
  )
}

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, '$1')
}

function typed(text: string, asString: boolean): Json {
  if (asString) return text
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  return text === '0' || (/^[-+]?[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text)))
    ? Number(text)
    : text
}
