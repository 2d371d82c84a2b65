import { type ScalarValue, scalarSource } from './yaml-scalar.ts'

/**
 * The source of a block scalar with another value: a literal block with the same indentation and header comment, so
 * that only the lines that differ differ. Values that no literal block can hold become a double-quoted scalar. `source`
 * begins at the `|` or `>` and ends behind the last line, as the parser's range does.
 */
export function blockScalarSource(source: string, value: ScalarValue, lineEnd: string): string {
  const trailing = /(?:\r?\n[ \t]*)*$/.exec(source)?.[0] ?? ''
  const header = /^[|>]([+-]?)[ \t]*(#[^\r\n]*)?\r?\n/.exec(source)
  const indent = /\n([ ]+)\S/.exec(source)?.[1]
  if (typeof value !== 'string' || header === null || indent === undefined || !fitsLiteral(value)) {
    return scalarSource(value, 'double', false) + (trailing === '' ? '' : lineEnd)
  }
  const newlines = /\n*$/.exec(value)?.[0].length ?? 0
  const chomp = newlines === 0 ? '-' : newlines === 1 && header[1] !== '+' ? '' : '+'
  const lines = value.slice(0, value.length - newlines).split('\n')
  const body = lines.map((line) => (line === '' ? '' : indent + line)).join(lineEnd)
  const comment = header[2] === undefined ? '' : ` ${header[2]}`
  const end = chomp === '+' ? lineEnd.repeat(newlines) : trailing === '' && chomp === '' ? lineEnd : trailing
  return `|${chomp}${comment}${lineEnd}${body}${end}`
}

/** A new literal block for a text of several lines, `indent` blanks deep; undefined where no literal block can hold it. */
export function newBlockScalar(value: string, indent: number, lineEnd: string): string | undefined {
  if (!value.includes('\n') || !fitsLiteral(value) || value.endsWith('\n\n')) return undefined
  const lines = value.replace(/\n$/, '').split('\n')
  const body = lines.map((line) => (line === '' ? '' : ' '.repeat(indent) + line)).join(lineEnd)
  return `|${value.endsWith('\n') ? '' : '-'}${lineEnd}${body}`
}

/** Literal blocks have no escapes, and find their indentation by their first line. */
function fitsLiteral(value: string): boolean {
  return (
    value.trim() !== '' &&
    !/^[\s]/.test(value) &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are looked for
    !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/.test(value) &&
    value.isWellFormed()
  )
}
