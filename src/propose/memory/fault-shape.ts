import { digest } from '#src/domain/digest.ts'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { canonicalJson, type Json } from '#src/domain/json.ts'
import { asJson } from '#src/domain/kube-object.ts'
import { containerOf, imageOf } from '#src/propose/container-view.ts'
import { missingReferenceOf } from '#src/propose/missing-reference.ts'
import type { Incident } from '#src/propose/proposer.ts'

/**
 * What two faults have in common that one fix can answer, whatever workload and container show them: the kind of object,
 * the family, and what Git has at fault: the image, the name that is missing, else the whole container but its name.
 */
export function faultShape(incident: Pick<Incident, 'fault' | 'target' | 'rendered' | 'fields'>): string {
  const { fault, target } = incident
  return digest('shape', target.kind, fault.family, fault.role, canonicalJson(atFault(incident))).slice(0, 32)
}

function atFault({ fault, target, rendered, fields }: Parameters<typeof faultShape>[0]): Json {
  const missing = missingReferenceOf(fault, target.namespace)
  if (missing !== undefined) return [missing.kind, missing.name, missing.key ?? null]
  if (fault.container !== '') {
    const container = containerOf(rendered, fault)
    if (fault.family === 'image') return imageOf(container) ?? null
    const { name: _, ...rest } = container ?? {}
    return rest
  }
  const named = (fields ?? [fault.field]).filter((field) => field !== '')
  const at = named.length > 0 ? named : ['spec']
  return at.map((field) => [field, valueAt(asJson(rendered), parseFieldPath(field)) ?? null])
}
