const FIELDS = [
  { low: 0, high: 59, names: [] },
  { low: 0, high: 23, names: [] },
  { low: 1, high: 31, names: [] },
  {
    low: 1,
    high: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { low: 0, high: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const
const DESCRIPTORS = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$|^@every \d+[\dhms.]*$/
const LONGEST_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** What is wrong with a schedule (robfig/cron's standard grammar); undefined where it is one and some day comes. */
export function scheduleTrouble(schedule: string): 'unreadable' | 'never' | undefined {
  const text = schedule.trim()
  if (DESCRIPTORS.test(text)) return undefined
  const parts = text.replace(/^(?:CRON_)?TZ=\S+\s+/, '').split(/\s+/)
  if (parts.length !== FIELDS.length) return 'unreadable'
  const sets = parts.map((part, i) => valuesIn(part.toLowerCase(), i))
  if (sets.some((set) => set === undefined)) return 'unreadable'
  const [, , days, months, weekdays] = sets
  // With both restricted, either the day of the month or the weekday is enough.
  if (parts[4] !== '*' && parts[4] !== '?' && weekdays !== undefined && weekdays.length > 0) return undefined
  const comes = months?.some((month) => days?.some((day) => day <= (LONGEST_MONTH[month - 1] ?? 0)))
  return comes === true ? undefined : 'never'
}

function valuesIn(part: string, field: number): readonly number[] | undefined {
  const { low, high, names } = FIELDS[field] ?? FIELDS[0]
  const found = new Set<number>()
  for (const item of part.split(',')) {
    const [range = '', step, ...more] = item.split('/')
    if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return undefined
    const [from, to, ...rest] = /^[*?]$/.test(range)
      ? [low, high]
      : range.split('-').map((text) => numberOf(text, names))
    if (rest.length > 0 || from === undefined) return undefined
    const last = to ?? (step === undefined ? from : high)
    if (Number.isNaN(from) || Number.isNaN(last) || from < low || last > high || from > last) return undefined
    for (let value = from; value <= last; value += Number(step ?? 1)) found.add(value)
  }
  return [...found]
}

function numberOf(text: string, names: readonly string[]): number {
  const named = names.indexOf(text)
  if (named >= 0) return names.length === 12 ? named + 1 : named
  return /^\d+$/.test(text) ? Number(text) : Number.NaN
}
