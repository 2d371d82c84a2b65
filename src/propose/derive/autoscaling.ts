import { at, objectOf, objectsOf } from '#src/domain/cluster-state.ts'
import { nearestName } from '#src/propose/nearest-name.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { type Derived, set } from './derived.ts'

const SCALABLE = ['Deployment', 'StatefulSet']

/** What the autoscaler means to scale: the workload of that kind whose name is a slip away, or of that name in another kind. */
export function derivedForAutoscaling({ fault, state, rendered, target }: Incident): readonly Derived[] {
  if (fault.reason !== 'ScaleTargetMissing' || state === undefined) return []
  const ref = at(rendered, 'spec', 'scaleTargetRef')
  const [kind, name] = [at(ref, 'kind'), at(ref, 'name')]
  if (typeof kind !== 'string' || typeof name !== 'string') return []
  const existing = objectsOf(state, kind, target.namespace).map(({ metadata }) => metadata.name)
  const near = nearestName(name, existing)
  if (near.kind === 'found') {
    const evidence = `It is the one ${kind} of the namespace whose name is near ${name}.`
    return [{ changes: [set('spec.scaleTargetRef.name', near.name)], kind: 'cluster', evidence }]
  }
  return SCALABLE.filter((other) => other !== kind).flatMap((other): Derived[] => {
    if (objectOf(state, other, target.namespace, name) === undefined) return []
    const evidence = `${name} is a ${other}.`
    return [{ changes: [set('spec.scaleTargetRef.kind', other)], kind: 'cluster', evidence }]
  })
}
