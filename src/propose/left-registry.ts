import { workloadsIn } from '#src/detect/state/owners.ts'
import { objectsIn, podSpecOf } from './container-view.ts'
import { parseImage } from './image-reference.ts'
import type { Incident } from './proposer.ts'

/**
 * The registry that an image would lead back to although nothing else in the namespace pulls from it: whoever moved the
 * workload away from it may have had reasons (a compromised mirror, an intruder's copy). Undefined where the registry
 * stays, where a neighbour or another container of the workload (`siblings`: their images) uses it, where the present
 * one does not even resolve, and where the neighbours are not known.
 */
export function leftRegistry(
  { state, target, fault }: Pick<Incident, 'state' | 'target' | 'fault'>,
  present: string,
  image: string,
  siblings: readonly string[],
): string | undefined {
  const registry = parseImage(image)?.registry
  const own = parseImage(present)?.registry
  if (state === undefined || registry === undefined || own === undefined || own === registry) return undefined
  const neighbours = workloadsIn(state)
    .filter(({ kind, metadata }) => {
      const isTarget = kind === target.kind && metadata.name === target.name
      return metadata.namespace === target.namespace && !isTarget
    })
    .flatMap((workload) => {
      const spec = podSpecOf(workload)
      return ['initContainers', 'containers'].flatMap((list) => objectsIn(spec, list))
    })
    .flatMap(({ image: each }) => (typeof each === 'string' ? each : []))
  const used = new Set([...siblings, ...neighbours].map((each) => parseImage(each)?.registry))
  const isMistyped = !used.has(own) && /no such host/i.test(fault.message)
  return used.has(registry) || isMistyped ? undefined : registry
}
