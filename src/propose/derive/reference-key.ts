import { withValueAt } from '#src/domain/field-path.ts'
import type { Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { mergedChanges } from '#src/propose/gates/merged-changes.ts'
import { missingReferenceOf, nearestExisting, placesOf } from '#src/propose/missing-reference.ts'
import type { Incident } from '#src/propose/proposer.ts'
import type { Derived } from './derived.ts'

/** A key that a volume mounts and that its ConfigMap or Secret has not → the key that it is a slip of. */
export function derivedForReferenceKey(incident: Incident): readonly Derived[] {
  const { fault, target, rendered } = incident
  const missing = missingReferenceOf(fault, target.namespace)
  if (missing?.key === undefined) return []
  const nearest = nearestExisting(incident, missing)
  if (nearest.kind !== 'found') return []
  const changes = keyChanges(incident, nearest.name)
  if (changes.length === 0 || placesOf(rendered, fault, missing).length === 0) return []
  return [{ changes, kind: 'reference', evidence: `It is a key of ${missing.kind} ${missing.name}.` }]
}

/** What sets every place of the missing key to another; an item of a volume is told by its key, so it is made anew. */
export function keyChanges({ fault, target, rendered }: Incident, key: string): Derived['changes'] {
  const missing = missingReferenceOf(fault, target.namespace)
  if (missing === undefined) return []
  const places = placesOf(rendered, fault, missing)
  const after = places.reduce<Json>((object, { path }) => withValueAt(object, path, key), asJson(rendered))
  return mergedChanges(rendered, after as unknown as KubeObject)
}
