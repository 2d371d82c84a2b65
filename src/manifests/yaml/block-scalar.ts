import { type ScalarValue, scalarSource } from './yaml-scalar.ts'

/** A replacement within a source; offsets count from the source's start. */
export interface SourceSplice {
  readonly start: number
  readonly end: number
  readonly text: string
}

interface Block {
  readonly header: string
  /** Line end of the header. */
  readonly lineEnd: string
  /** Start of the first line of text. */
  readonly body: number
  readonly indent: number
  readonly folded: boolean
}

/**
 * A new text as a literal block without the last line end: `|` and its lines, `indent` blanks deep. Undefined for what
 * stands better in quotes: texts of one line, and those that a literal block cannot hold.
 */
export function literalSource(value: string, indent: number, lineEnd: string): string | undefined {
  const text = value.replace(/\n$/, '')
  if (!value.includes('\n') || text.endsWith('\n') || /^\s/.test(value) || !fitsLiteral(value))
    return undefined
  if (/[ \t]$/m.test(text)) return undefined
  return `|${value === text ? '-' : ''}${lineEnd}${indented(text.split('\n'), ' '.repeat(indent), lineEnd)}`
}

/**
 * Ways to give a block scalar another value, the one that leaves most as it is first. `source` begins at the `|` or `>`
 * and ends with its last line, as the parser's range does; `old` is its present value, `column` that of its key or dash.
 */
export function blockScalarEdits(
  source: string,
  old: string,
  value: ScalarValue,
  column: number,
): readonly SourceSplice[] {
  const block = blockOf(source, old)
  const finished = /\r?\n$/.exec(source)?.[0] ?? ''
  const content = source.length - (/(?:\r?\n[ \t]*)*$/.exec(source)?.[0].length ?? 0)
  const quoted = { start: 0, end: content, text: scalarSource(value, 'double', false) }
  if (typeof value !== 'string') return [{ ...quoted, text: scalarSource(value, 'plain', false) }]
  if (!fitsLiteral(value)) return [quoted]
  const rewritten = literalAgain(source, block, value, column)
  return [
    ...(block?.folded ? foldedEdit(source, block, old, value) : literalEdit(source, block, old, value)),
    { start: 0, end: source.length, text: rewritten + (rewritten.endsWith('\n') ? '' : finished) },
    quoted,
  ]
}

function blockOf(source: string, old: string): Block | undefined {
  const header = /^([|>])(?:[1-9]?[+-]?|[+-][1-9])[ \t]*(?:#[^\r\n]*)?(\r?\n)/.exec(source)
  const first = /^\s*?([ ]*)(?=[^\s])/m.exec(source.slice(header?.[0].length ?? 0))
  const line = old.split('\n').find((each) => each.trim() !== '')
  if (!header || first?.[1] === undefined || line === undefined) return undefined
  return {
    header: header[0].trimEnd(),
    lineEnd: header[2] ?? '\n',
    body: header[0].length,
    indent: first[1].length - (/^ */.exec(line)?.[0].length ?? 0),
    folded: header[1] === '>',
  }
}

/** Lines that both texts begin and end with stay; those between are written anew. */
function literalEdit(
  source: string,
  block: Block | undefined,
  old: string,
  value: string,
): readonly SourceSplice[] {
  if (block === undefined || trailing(old) !== trailing(value)) return []
  const before = lines(old)
  const after = lines(value)
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const starts = [block.body]
  for (let at = block.body; starts.length <= before.length; ) {
    const newline = source.indexOf('\n', at)
    at = newline < 0 ? source.length : newline + 1
    starts.push(at)
  }
  const start = starts[head] ?? block.body
  const end = starts[before.length - tail] ?? start
  const fresh = after.slice(head, after.length - tail)
  const text = indented(fresh, ' '.repeat(block.indent), block.lineEnd)
  if (fresh.length === 0) return [{ start, end, text: '' }]
  // The last line may be the file's last without a line end; a line added behind it needs one between.
  if (start > 0 && source[start - 1] !== '\n') return [{ start, end, text: block.lineEnd + text }]
  return [{ start, end, text: text + (source[end - 1] === '\n' || end === start ? block.lineEnd : '') }]
}

/** Words within one line of a folded text change in place. */
function foldedEdit(source: string, block: Block, old: string, value: string): readonly SourceSplice[] {
  const offsets = foldedOffsets(source, block, old)
  let head = 0
  while (head < Math.min(old.length, value.length) && old[head] === value[head]) head++
  let tail = 0
  while (tail < Math.min(old.length, value.length) - head && old.at(-1 - tail) === value.at(-1 - tail)) tail++
  const text = value.slice(head, value.length - tail)
  const start = offsets?.[head]
  const end = offsets?.[old.length - tail]
  if (start === undefined || end === undefined || text.includes('\n')) return []
  return source.slice(start, end).includes('\n') ? [] : [{ start, end, text }]
}

/** Where each character of a folded text stands in its source. */
function foldedOffsets(source: string, block: Block, old: string): readonly number[] | undefined {
  const offsets: number[] = []
  const rows = source.slice(block.body).split('\n')
  let at = block.body
  for (const row of rows) {
    const text = row.replace(/\r$/, '').slice(block.indent)
    if (text !== '') {
      // What separates this line from the ones before: a blank for one line end, line ends for more.
      while (
        offsets.length > 0 &&
        !old.startsWith(text, offsets.length) &&
        /[ \n]/.test(old[offsets.length] ?? '')
      )
        offsets.push(source[at - 2] === '\r' ? at - 2 : at - 1)
      while (offsets.length === 0 && old[offsets.length] === '\n') offsets.push(at)
      if (!old.startsWith(text, offsets.length)) return undefined
      for (let i = 0; i < text.length; i++) offsets.push(at + block.indent + i)
    }
    at += row.length + 1
  }
  const last = offsets.at(-1)
  while (last !== undefined && offsets.length <= old.length) offsets.push(last + 1)
  return offsets
}

/** The whole block as a literal one with the same header and indentation as far as they fit. */
function literalAgain(source: string, block: Block | undefined, value: string, column: number): string {
  const lineEnd = block?.lineEnd ?? (source.includes('\r\n') ? '\r\n' : '\n')
  const indent = Math.max(block?.indent ?? column + 2, column + 1)
  const newlines = trailing(value)
  const chomp = newlines === 0 ? '-' : newlines === 1 ? (/^.[1-9]?\+/.test(source) ? '+' : '') : '+'
  const indicator = /^\n* /.test(value) ? String(indent - Math.max(column, 0)) : ''
  const comment = /[ \t]+#.*$/.exec(block?.header ?? '')?.[0] ?? ''
  const kept = chomp === '+' ? lineEnd.repeat(newlines) : ''
  return `|${indicator}${chomp}${comment}${lineEnd}${indented(lines(value), ' '.repeat(indent), lineEnd)}${kept}`
}

function indented(rows: readonly string[], indent: string, lineEnd: string): string {
  return rows.map((row) => (row === '' ? '' : indent + row)).join(lineEnd)
}

function trailing(value: string): number {
  return /\n*$/.exec(value)?.[0].length ?? 0
}

function lines(value: string): readonly string[] {
  return value.slice(0, value.length - trailing(value)).split('\n')
}

/** Literal blocks have no escapes. */
function fitsLiteral(value: string): boolean {
  return (
    value.trim() !== '' &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are looked for
    !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/.test(value) &&
    value.isWellFormed()
  )
}
