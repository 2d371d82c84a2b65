import type { Json } from './json.ts'

const SUFFIX: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** The number that a quantity stands for (`500m` → 0.5, `1Ki` → 1024); undefined for anything else. */
export function quantity(value: Json | undefined): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const [, digits, exponent, suffix = ''] =
    /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(String(value)) ?? []
  const unit = SUFFIX[suffix]
  return digits === undefined || unit === undefined ? undefined : Number(`${digits}${exponent ?? ''}`) * unit
}

/** Bytes as people write them: in the largest binary unit that needs no fraction. */
export function binaryQuantity(bytes: number): string {
  for (const unit of ['Gi', 'Mi', 'Ki'] as const) {
    const amount = bytes / (SUFFIX[unit] ?? 1)
    if (Number.isInteger(amount) && amount > 0) return `${amount}${unit}`
  }
  return String(Math.floor(bytes))
}
