const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of `15s`, `10m`, `1h30m`, `250ms`, `7d`; undefined for anything else. Units descend, each once. */
export function parseDuration(text: string): number | undefined {
  const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text)
  if (!parts || text === '') return undefined
  const [, d, h, m, s, ms] = parts
  const count = (digits: string | undefined, unit: keyof typeof UNITS) => Number(digits ?? 0) * UNITS[unit]
  const total = count(d, 'd') + count(h, 'h') + count(m, 'm') + count(s, 's') + count(ms, 'ms')
  return Number.isSafeInteger(total) ? total : undefined
}
