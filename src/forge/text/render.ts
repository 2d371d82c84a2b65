import mustache from 'mustache'
import { inline } from './markdown.ts'
import { neutral } from './neutral.ts'
import { oneLine } from './visible.ts'

/** A template's view: texts, lists and sections. Everything is text already; mustache calls functions, so there are none. */
export interface View {
  readonly [key: string]: ViewValue
}
export type ViewValue = string | boolean | undefined | View | readonly (string | View)[]

const LONGEST_VALUE = 1000

/** `{{ }}` puts untrusted text into one line of Markdown; `{{{ }}}` takes what was made safe before. */
export function renderMarkdown(template: string, view: View): string {
  return tidied(
    mustache.render(template, view, {}, { escape: (value) => inline(String(value), LONGEST_VALUE) }),
  )
}

/** `{{ }}` puts untrusted text into one line of plain text. */
export function renderPlain(template: string, view: View): string {
  return tidied(
    mustache.render(
      template,
      view,
      {},
      { escape: (value) => neutral(oneLine(String(value), LONGEST_VALUE)) },
    ),
  )
}

/** Sections that were left out leave no gaps behind. Never more than one empty line, also inside of code blocks. */
function tidied(text: string): string {
  return `${text.replace(/\n{3,}/g, '\n\n').trim()}\n`
}
