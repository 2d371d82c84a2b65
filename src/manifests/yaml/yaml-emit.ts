import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { literalSource } from './block-scalar.ts'
import { type ScalarStyle, scalarSource } from './yaml-scalar.ts'

/** How new nodes are to look, taken from what stands around them. */
export interface EmitStyle {
  /** Of strings under a key, or in a list; numbers, booleans and null are always plain. */
  readonly strings: (key: string | undefined) => ScalarStyle
  readonly keys: ScalarStyle
  readonly lineEnd: string
  /** Blanks per level of a block. */
  readonly step: number
  /** True where a list below a key stands one level deeper than the key. */
  readonly indentLists: boolean
  /** Characters from a dash to its item. */
  readonly dash: number
  /** Only what JSON readers understand. */
  readonly json: boolean
  /** Blanks inside the brackets of flow maps and lists. */
  readonly padding: string
  readonly colon: string
  readonly comma: string
  /** One level of JSON over several lines; absent where JSON stands on one line. */
  readonly unit: string | undefined
}

/** A value as a flow node on one line: `["a", "b"]`, `{a: 1}`. */
export function emitFlow(value: Json, style: EmitStyle, key?: string): string {
  const { padding, colon, comma } = style
  if (isArray(value)) {
    if (value.length === 0) return '[]'
    return `[${padding}${value.map((item) => emitFlow(item, style, key)).join(comma)}${padding}]`
  }
  if (isObject(value)) {
    const pairs = Object.entries(value).map(
      ([name, each]) => `${emitKey(name, style, true)}${colon}${emitFlow(each ?? null, style, name)}`,
    )
    return pairs.length === 0 ? '{}' : `{${padding}${pairs.join(comma)}${padding}}`
  }
  return scalarSource(value, style.strings(key), true)
}

/** A value as JSON over several lines; the first line goes where the caller stands, the others behind `indent`. */
export function emitJsonLines(value: Json, style: EmitStyle, indent: string): string {
  return JSON.stringify(value, null, style.unit).split('\n').join(`${style.lineEnd}${indent}`)
}

/** What follows `key:` for a value: ` scalar`, or line ends and lines of a block. `indent` is the column of the key. */
export function emitAfterKey(value: Json, style: EmitStyle, indent: number, key?: string): string {
  if (isArray(value) && value.length > 0) {
    const column = indent + (style.indentLists ? style.step : 0)
    return style.lineEnd + emitItems(value, style, column, key)
  }
  if (isObject(value) && Object.keys(value).length > 0) {
    const deeper = indent + style.step
    return style.lineEnd + ' '.repeat(deeper) + emitPairs(value, style, deeper)
  }
  return ` ${emitLeaf(value, style, indent + style.step, key)}`
}

/** One pair of a block map without a line end; the first line is not indented. */
export function emitPair(key: string, value: Json, style: EmitStyle, indent: number): string {
  return `${emitKey(key, style, false)}:${emitAfterKey(value, style, indent, key)}`
}

/** The pairs of a block map without the last line end; the first line is not indented. */
export function emitPairs(value: Json, style: EmitStyle, indent: number): string {
  const below = { ...style, keys: 'plain' as const, dash: 2 }
  return Object.entries(isObject(value) ? value : {})
    .map(([key, each]) => emitPair(key, each ?? null, below, indent))
    .join(style.lineEnd + ' '.repeat(indent))
}

/** Items of a block list with their dashes at `column`, without the last line end. */
export function emitItems(items: readonly Json[], style: EmitStyle, column: number, key?: string): string {
  return items
    .map(
      (item) => ' '.repeat(column) + '-'.padEnd(style.dash) + emitItem(item, style, column + style.dash, key),
    )
    .join(style.lineEnd)
}

/** What follows a dash; `column` is where that begins. */
export function emitItem(value: Json, style: EmitStyle, column: number, key?: string): string {
  if (isObject(value) && Object.keys(value).length > 0) return emitPairs(value, style, column)
  return emitLeaf(value, style, column, key)
}

/** A scalar, or a collection on one line. A text of several lines becomes a literal block at `indent`. */
function emitLeaf(value: Json, style: EmitStyle, indent: number, key: string | undefined): string {
  if (isArray(value) || isObject(value)) return emitFlow(value, style, key)
  const literal = typeof value === 'string' ? literalSource(value, indent, style.lineEnd) : undefined
  return literal ?? scalarSource(value, style.strings(key), false)
}

export function emitKey(key: string, style: EmitStyle, inFlow: boolean): string {
  return scalarSource(key, style.keys, inFlow)
}
