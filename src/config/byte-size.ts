const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2 }

/** Bytes of `512KiB`, `1MiB` or a plain number of bytes; undefined for anything else. */
export function parseByteSize(text: string): number | undefined {
  const [, digits, unit] = /^(\d+)(KiB|MiB)?$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const bytes = Number(digits) * (UNITS[unit ?? ''] ?? 1)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
