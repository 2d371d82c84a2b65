import type { FieldPath } from '#src/domain/field-path.ts'
import type { ChartContents, TemplateFile } from './helm-contents.ts'

const DOTTED = /\.Values((?:\.[A-Za-z_][A-Za-z0-9_]*)+)/g
const ASSIGNED = /\$([A-Za-z_]\w*)\s*:=\s*\$?\.Values((?:\.[A-Za-z_][A-Za-z0-9_]*)+)\s*(?:-?\}\}|\|)/g
const INDEXED = /index\s+\$?\.Values((?:\.[A-Za-z_]\w*)*)((?:\s+"[^"\s]+")+)/g
const MAX_PATHS = 500

/**
 * The keys that a chart's templates read by name, as paths of the outermost values: `.Values.a.b`, `$x := .Values.a` with
 * `$x.b`, `index .Values "a" "b"`. Many have no value yet. Only a list of things to try: what a key does, rendering tells.
 */
export function referencedPaths(chart: ChartContents, at: FieldPath = []): readonly FieldPath[] {
  const found = new Map<string, FieldPath>()
  const add = (names: readonly string[]) => {
    if (found.size < MAX_PATHS) found.set(names.join('\n'), [...at, ...names.map((member) => ({ member }))])
  }
  const texts = [
    ...chart.templates,
    ...chart.subcharts.flatMap((each) => (each.chart.isLibrary ? each.chart.templates : [])),
  ]
  for (const { text } of texts) {
    for (const [, path = ''] of text.matchAll(DOTTED)) add(dotted(path))
    for (const [, path = '', keys = ''] of text.matchAll(INDEXED)) {
      add([...dotted(path), ...[...keys.matchAll(/"([^"]+)"/g)].map(([, key = '']) => key)])
    }
    for (const [, variable = '', path = ''] of text.matchAll(ASSIGNED)) {
      for (const [, rest = ''] of text.matchAll(new RegExp(`\\$${variable}((?:\\.[A-Za-z_]\\w*)+)`, 'g'))) {
        add([...dotted(path), ...dotted(rest)])
      }
    }
  }
  const below = chart.subcharts
    .filter((each) => !each.chart.isLibrary)
    .flatMap((each) => referencedPaths(each.chart, [...at, { member: each.key }]))
  return [...found.values(), ...below]
}

/** Every last name of a dotted path in the templates: what a map in the values may hold beyond what it holds now. */
export function namesRead(templates: readonly TemplateFile[]): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { text } of templates) {
    for (const [, name = ''] of text.matchAll(/\.([a-z][A-Za-z0-9_]*)/g)) found.add(name)
  }
  return found
}

export function allTemplates(chart: ChartContents): readonly TemplateFile[] {
  return [...chart.templates, ...chart.subcharts.flatMap((each) => allTemplates(each.chart))]
}

function dotted(path: string): readonly string[] {
  return path.split('.').filter((name) => name !== '')
}
