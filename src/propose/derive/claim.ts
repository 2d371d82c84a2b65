import { objectsOf } from '#src/domain/cluster-state.ts'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { asJson } from '#src/domain/kube-object.ts'
import { nearestName } from '#src/propose/nearest-name.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { type Derived, set } from './derived.ts'

/** The StorageClass or claim that exists and that the named one is a slip of; the only class where none is named. */
export function derivedForClaim({ fault, state, rendered, target }: Incident): readonly Derived[] {
  if (fault.family !== 'claim' || state === undefined || fault.field === '') return []
  const isClaim = fault.field.endsWith('.claimName')
  const kind = isClaim ? 'PersistentVolumeClaim' : 'StorageClass'
  const existing = isClaim ? objectsOf(state, kind, target.namespace) : objectsOf(state, kind)
  const names = existing.map(({ metadata }) => metadata.name)
  const present = valueAt(asJson(rendered), parseFieldPath(fault.field))
  if (typeof present === 'string') {
    const near = nearestName(present, names, isClaim ? target.name : '', { oneLetter: !isClaim })
    if (near.kind !== 'found') return []
    const evidence = `It is the one ${kind} whose name is near ${present}.`
    return [{ changes: [set(fault.field, near.name)], kind: 'cluster', evidence }]
  }
  const [only, ...more] = names
  if (isClaim || only === undefined || more.length > 0) return []
  const evidence = 'It is the only StorageClass of the cluster, and no class is the default.'
  return [{ changes: [set(fault.field, only)], kind: 'cluster', evidence }]
}
