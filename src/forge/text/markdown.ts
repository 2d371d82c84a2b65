import { neutral } from './neutral.ts'
import { clip, oneLine, visible } from './visible.ts'

/** Untrusted text as one line of Markdown: shows as it is, whatever it holds. */
export function inline(text: string, limit = 300): string {
  return neutral(oneLine(text, limit))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]~|$]/g, '\\$&')
    .replace(/^(?:[-+=#:]|\d+(?=[.)](?:\s|$)))/, (start) => `&#${start.charCodeAt(0)};${start.slice(1)}`)
    .replace(/:(?=\/\/)/g, ':\u200b')
    .replace(/\bwww(?=\.)/gi, '$&\u200b')
    .replace(/@(?=[\w-]+\.)/g, '@\u200b')
}

/** Untrusted text as a code span. Also inside a table, where a bar would end the cell even in code. */
export function code(text: string, limit = 300): string {
  const content = neutral(oneLine(text, limit)).replaceAll('|', '\\|')
  if (content === '') return '``  ``'
  const ticks = '`'.repeat(longestRun(content) + 1)
  const blank = /^[` ]|[` ]$/.test(content) ? ' ' : ''
  return `${ticks}${blank}${content}${blank}${ticks}`
}

/** Untrusted lines as a code block that nothing in them can end. `more` says where the rest is, if lines are left out. */
export function fenced(
  text: string,
  options: { readonly language: 'text' | 'diff'; readonly limit: number; readonly more: string },
): string {
  const { kept, left } = firstLines(visible(text), options.limit)
  const content = neutral(kept)
  const fence = '`'.repeat(Math.max(3, longestRun(content) + 1))
  const note = left === 0 ? '' : `\n\n… ${left} more ${left === 1 ? 'line' : 'lines'}: ${options.more}.`
  return `${fence}${options.language}\n${content}\n${fence}${note}`
}

function firstLines(text: string, limit: number): { readonly kept: string; readonly left: number } {
  const lines = text.replace(/\n+$/, '').split('\n')
  const kept: string[] = []
  let room = limit
  for (const line of lines) {
    const short = clip(line, 500)
    room -= short.length + 1
    if (room < 0) break
    kept.push(short)
  }
  return { kept: kept.join('\n'), left: lines.length - kept.length }
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}
