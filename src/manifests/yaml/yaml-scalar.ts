/** How a scalar is written in YAML; `json` is a double-quoted scalar that JSON readers understand too. */
export type ScalarStyle = 'plain' | 'single' | 'double' | 'json'

export type ScalarValue = string | number | boolean | null

/**
 * The source of a scalar in the wanted style, or in the nearest one that every reader reads as this value. Some readers
 * take a colon in a plain scalar of a flow collection for a key's; `beside` is a scalar that stands there already.
 */
export function scalarSource(
  value: ScalarValue,
  style: ScalarStyle,
  inFlow: boolean,
  beside: string = '',
): string {
  if (typeof value !== 'string') return value === null ? 'null' : JSON.stringify(value)
  if (style === 'plain' && isSafePlain(value, inFlow, /[^\s]:[^\s]/.test(beside))) return value
  if (style === 'single' && isPrintable(value)) return `'${value.replaceAll("'", "''")}'`
  return doubleQuoted(value)
}

/** JSON's escapes are all YAML's too; what YAML does not count as printable is escaped beyond that. */
function doubleQuoted(value: string): string {
  return JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function isPrintable(value: string): boolean {
  return (
    value.isWellFormed() &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are looked for
    !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/.test(value)
  )
}

/**
 * Texts that some reader takes for another type: null, booleans and numbers of YAML 1.1 and 1.2 and of the Go readers
 * (octal, hexadecimal, sexagesimal, underscores, `1.20`), times, and the keys of merge and default.
 */
const MISREAD = [
  /^(~|null|true|false|yes|no|on|off|y|n|=|<<)$/i,
  /^[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*)$/i,
  /^[-+]?([0-9][0-9_]*)?\.?[0-9_]*(e[-+]?[0-9]+)?$/i,
  /^[-+]?\.(inf|nan)$/i,
  /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}($|[Tt\s])/,
] as const

/** True when the text may stand without quotes and is read as this same string by every YAML reader. */
function isSafePlain(value: string, inFlow: boolean, colons: boolean): boolean {
  if (value === '' || value !== value.trim() || !isPrintable(value)) return false
  if (MISREAD.some((pattern) => pattern.test(value))) return false
  if (/^[,[\]{}#&*!|>'"%@`?:]/.test(value) || /^-(\s|$)/.test(value) || /^(---|\.\.\.)/.test(value))
    return false
  if (/:(\s|$)|\s#/.test(value)) return false
  // `{{` is somebody's template; quotes keep YAML readers and people from taking it for one.
  if (value.includes('{{')) return false
  return !(inFlow && (/[,?[\]{}]/.test(value) || (value.includes(':') && !colons) || value.startsWith('-')))
}
