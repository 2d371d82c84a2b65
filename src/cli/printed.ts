import { stringify } from 'yaml'
import { terminalText } from './edit/terminal-text.ts'

export const OUTPUTS = ['table', 'json', 'yaml'] as const
export type Output = (typeof OUTPUTS)[number]

/** What a command found, in the form that was asked for: rows for people, the same facts for programs. */
export function printed(output: Output, facts: unknown, table: () => string): string {
  switch (output) {
    case 'json':
      return `${JSON.stringify(facts, null, 2)}\n`
    case 'yaml':
      return stringify(facts)
    case 'table':
      return table()
  }
}

/** Columns as wide as their longest cell; the last one is left as long as it is. Cells may hold anybody's text. */
export function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows].map((cells) => cells.map((cell) => terminalText(cell)))
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
  return lines.map((cells) => `${line(cells).trimEnd()}\n`).join('')
}
