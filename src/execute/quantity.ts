import { equalJson, type Json } from '#src/domain/json.ts'
import { quantity } from '#src/domain/quantity.ts'
import type { Steps } from './field-steps.ts'

/**
 * The API server rewrites quantities (`1024Mi` → `1Gi`, `0.5` → `500m`, 1 → "1"): two texts of one amount are the same.
 * Source: k8s.io/apimachinery, api/resource/quantity.go.
 */
export function sameQuantity(a: Json | undefined, b: Json | undefined): boolean {
  const [left, right] = [quantity(a), quantity(b)]
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
