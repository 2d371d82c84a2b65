import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { newBlockScalar } from './block-scalar.ts'
import { type ScalarStyle, scalarSource } from './yaml-scalar.ts'

/** How new nodes are to look, taken from what stands around them. */
export interface EmitStyle {
  /** Of strings; numbers, booleans and null are always plain. */
  readonly strings: ScalarStyle
  readonly lineEnd: string
  /** Blanks per level. */
  readonly step: number
  /** True where a list below a key stands one level deeper than the key. */
  readonly indentLists: boolean
  /** Blanks inside the brackets of flow collections. */
  readonly padding: string
}

/** A value as a flow node on one line: `["a", "b"]`, `{a: 1}`. */
export function emitFlow(value: Json, style: EmitStyle): string {
  const { padding } = style
  if (isArray(value)) {
    if (value.length === 0) return '[]'
    return `[${padding}${value.map((item) => emitFlow(item, style)).join(', ')}${padding}]`
  }
  if (isObject(value)) {
    const pairs = Object.entries(value).map(
      ([key, each]) => `${keySource(key, style, true)}: ${emitFlow(each ?? null, style)}`,
    )
    return pairs.length === 0 ? '{}' : `{${padding}${pairs.join(', ')}${padding}}`
  }
  return scalarSource(value, style.strings, true)
}

/** A value as JSON over several lines; the first line goes where the caller stands. */
export function emitJson(value: Json, style: EmitStyle, indent: number): string {
  return JSON.stringify(value, null, style.step)
    .split('\n')
    .join(style.lineEnd + ' '.repeat(indent))
}

/**
 * What follows `key:` for a value: ` scalar`, or line ends and lines of a block. `indent` is the column of the key.
 */
export function emitAfterKey(value: Json, style: EmitStyle, indent: number): string {
  if (isArray(value) && value.length > 0) {
    const column = indent + (style.indentLists ? style.step : 0)
    return style.lineEnd + value.map((item) => emitItem(item, style, column)).join(style.lineEnd)
  }
  if (isObject(value) && Object.keys(value).length > 0) {
    return style.lineEnd + emitPairs(value, style, indent + style.step, ' '.repeat(indent + style.step))
  }
  return ` ${emitScalar(value, style, indent + style.step)}`
}

/** One pair of a block map without a line end; the first line is not indented. */
export function emitPair(key: string, value: Json, style: EmitStyle, indent: number): string {
  return `${keySource(key, style, false)}:${emitAfterKey(value, style, indent)}`
}

/** One item of a block list with its dash at `column`, without a line end. */
export function emitItem(value: Json, style: EmitStyle, column: number): string {
  const dash = `${' '.repeat(column)}- `
  if (isObject(value) && Object.keys(value).length > 0) return dash + emitPairs(value, style, column + 2, '')
  if (isArray(value) && value.length > 0) return dash + emitFlow(value, style)
  return dash + emitScalar(value, style, column + 2)
}

function emitPairs(value: Json, style: EmitStyle, indent: number, first: string): string {
  const pairs = Object.entries(isObject(value) ? value : {}).map(([key, each]) =>
    emitPair(key, each ?? null, style, indent),
  )
  return first + pairs.join(style.lineEnd + ' '.repeat(indent))
}

/** `indent` is where the lines of a text of several lines begin. */
function emitScalar(value: Json, style: EmitStyle, indent: number): string {
  if (isArray(value) || isObject(value)) return emitFlow(value, style)
  const block =
    typeof value === 'string' && style.strings !== 'json'
      ? newBlockScalar(value, indent, style.lineEnd)
      : undefined
  if (block !== undefined) return block
  return scalarSource(value, style.strings, false)
}

function keySource(key: string, style: EmitStyle, inFlow: boolean): string {
  return scalarSource(key, style.strings === 'json' ? 'json' : 'plain', inFlow)
}
