import { equalJson, type Json } from '#src/domain/json.ts'
import type { Steps } from './field-steps.ts'

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

/**
 * The API server rewrites quantities (`1024Mi` → `1Gi`, `0.5` → `500m`, 1 → "1"): two texts of one amount are the same.
 * Source: k8s.io/apimachinery, api/resource/quantity.go.
 */
export function sameQuantity(a: Json | undefined, b: Json | undefined): boolean {
  const [left, right] = [amount(a), amount(b)]
  if (left === undefined || right === undefined) return false
  return Math.abs(left - right) <= Math.abs(left) * 1e-12
}

/** Members of workloads that hold quantities, or objects of quantities. */
const QUANTITIES: ReadonlySet<string> = new Set(['limits', 'requests', 'sizeLimit', 'divisor'])

/** Equal as the API server sees it: where the path holds a quantity, the spelling does not matter. */
export function isSameValue(steps: Steps, a: Json | undefined, b: Json | undefined): boolean {
  if (equalJson(a, b)) return true
  const isQuantity = steps.slice(-2).some((step) => 'member' in step && QUANTITIES.has(step.member))
  return isQuantity && sameQuantity(a, b)
}

function amount(value: Json | undefined): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const [, digits, exponent, suffix = ''] =
    /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(String(value)) ?? []
  const unit = SUFFIX[suffix]
  return digits === undefined || unit === undefined ? undefined : Number(`${digits}${exponent ?? ''}`) * unit
}
