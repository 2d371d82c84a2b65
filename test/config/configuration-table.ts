import { allSettings, type Setting } from '#src/config/settings.ts'

/** The table of docs/configuration.md, a line each, made of the schema. */
export function configurationTable(): readonly string[] {
  return [
    '| Key | Type | Default | Variable | Flag | Meaning |',
    '| --- | --- | --- | --- | --- | --- |',
    ...allSettings().map(row),
  ]
}

function row({ key, type, fallback, env, flag, about }: Setting): string {
  return `| \`${key}\` | ${type} | ${shown(fallback)} | \`${env}\` | \`--${flag}\` | ${about} |`
}

function shown(fallback: unknown): string {
  if (fallback === undefined) return ''
  if (Array.isArray(fallback)) return fallback.length === 0 ? '`[]`' : `\`[${fallback.join(', ')}]\``
  return `\`${String(fallback)}\``
}
