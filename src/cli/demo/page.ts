import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import { cleanText } from '#src/evidence/clean-text.ts'

/**
 * Plain text for one reader; bold and dim on a terminal only. Whatever is shown is stripped of control characters.
 * Throws once `stop` is aborted: a story that was interrupted does not go on behind the reader's back.
 */
export interface Page {
  heading(text: string): void
  say(text: string): void
  /** Somebody else's words or a file's lines, set off by a bar. */
  quote(text: string): void
  /** Columns as wide as their widest cell. */
  table(rows: readonly (readonly string[])[]): void
}

const INDENT = '   '

export function openPage(out: Writable, stop: AbortSignal): Page {
  const style = (format: 'bold' | 'dim', text: string) => styleText(format, text, { stream: out })
  const lines = (text: string) => cleanText(text).replace(/\n+$/, '').split('\n')
  const write = (text: string) => {
    stop.throwIfAborted()
    out.write(`${text.trimEnd()}\n`)
  }
  return {
    heading: (text) => write(`\n${style('bold', cleanText(text))}`),
    say: (text) => {
      for (const line of lines(text)) write(INDENT + line)
    },
    quote: (text) => {
      for (const line of lines(text)) write(`${INDENT}${style('dim', '|')} ${line}`)
    },
    table: (rows) => {
      const widths = (rows[0] ?? []).map((_, column) =>
        Math.max(...rows.map((row) => (row[column] ?? '').length)),
      )
      for (const row of rows) {
        write(INDENT + row.map((cell, column) => cleanText(cell).padEnd(widths[column] ?? 0)).join('  '))
      }
    },
  }
}
