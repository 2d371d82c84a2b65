import type { FieldPath } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json } from '#src/domain/json.ts'
import type { TemplateFile } from './helm-contents.ts'

/** Where a field that no value feeds stands in the templates, for people: `templates/web.yaml, line 12`. */
export function templatePlace(
  templates: readonly TemplateFile[],
  source: string,
  field: FieldPath,
  present: Json | undefined,
): string | undefined {
  const own = templates.find((each) => each.source === source)
  const ordered = [...(own ? [own] : []), ...templates.filter((each) => each !== own)]
  for (const exact of [true, false]) {
    for (const template of exact ? ordered : ordered.slice(0, 1)) {
      const line = lineOf(template.text, field, exact ? present : undefined)
      if (line !== undefined) return `${template.file}, line ${line}`
    }
  }
  return own?.file
}

/** The line of `key: value` that comes after the lines of as many keys above it as can be found. */
function lineOf(text: string, field: FieldPath, value: Json | undefined): number | undefined {
  const names = field.flatMap((segment) =>
    'member' in segment ? [segment.member] : 'by' in segment ? [segment.is] : [],
  )
  const key = names.at(-1)
  if (key === undefined) return undefined
  const lines = text.split('\n')
  let from = 0
  for (const name of names.slice(0, -1)) {
    const next = lines.findIndex((line, i) => i >= from && holds(line, name))
    if (next >= 0) from = next
  }
  const wanted = value === undefined || isObject(value) || isArray(value) ? undefined : String(value)
  const fits = (line: string) => startsKey(line, key) && (wanted === undefined || line.includes(wanted))
  const after = lines.findIndex((line, i) => i >= from && fits(line))
  const found = after >= 0 ? after : lines.findIndex(fits)
  return found >= 0 ? found + 1 : undefined
}

function holds(line: string, name: string): boolean {
  return startsKey(line, name) || line.trim().endsWith(`: ${name}`)
}

function startsKey(line: string, key: string): boolean {
  const text = line.trim().replace(/^- +/, '')
  return text.startsWith(`${key}:`) || text.startsWith(`"${key}":`)
}
