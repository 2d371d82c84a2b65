import { REASON_FAMILY } from '#src/domain/fault.ts'
import { FAULT_WORDS } from '#src/forge/text/fault-words.ts'
import { FIELD_RULES } from '#src/propose/allow-list.ts'

/** The table of reasons, as docs/faults.md has it. */
export function reasonsTable(): string {
  const rows = Object.entries(FAULT_WORDS).map(
    ([reason, words]) =>
      `| \`${reason}\` | ${REASON_FAMILY[reason as keyof typeof FAULT_WORDS]} | ${words} |`,
  )
  return ['| reason | family | the object or container, and … |', '|---|---|---|', ...rows].join('\n')
}

/** The table of fields that may be changed for each family, as docs/faults.md has it. */
export function fieldsTable(): string {
  const families = [...new Set(Object.values(REASON_FAMILY))]
  const rows = families.map((family) => {
    const fields = FIELD_RULES.filter((rule) => rule.families.includes(family)).map(
      ({ below, pattern, kinds, deep }) => {
        const place = below === 'object' ? (kinds ?? []).join(', ') : below
        return `${place}: \`${pattern}\`${deep === true ? ' and below' : ''}`
      },
    )
    return `| ${family} | ${[...new Set(fields)].join('<br>') || 'none'} |`
  })
  return ['| family | fields |', '|---|---|', ...rows].join('\n')
}
