import { at } from '#src/domain/cluster-state.ts'
import { quantity } from '#src/domain/quantity.ts'
import { containerOf } from '#src/propose/container-view.ts'
import { memoryStep } from '#src/propose/derive/memory.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { repairPlaybook } from './repair.ts'

/** A container killed for its memory → the limit before, where it was lowered; else one bounded step up, where it is plausibly too small. */
export const memoryPlaybook = repairPlaybook({
  name: 'memory',
  family: 'memory',
  trouble: () => 'is killed because it uses more memory than its limit',
  risk: 'Its pods take more memory of their nodes.',
  isWanted: (path) => path.some((segment) => 'member' in segment && segment.member === 'limits'),
  doubt: ({ commit, before }, incident) => {
    const [was, is] = [limitIn(before.rendered, incident), limitIn(incident.rendered, incident)]
    return is !== undefined && (was === undefined || was > is)
      ? undefined
      : `${commit} did not lower the memory limit.`
  },
  whyNothing: (incident) => {
    const step = memoryStep(incident)
    return typeof step === 'string' ? step : undefined
  },
})

function limitIn(object: Incident['rendered'] | undefined, { fault }: Incident): number | undefined {
  return quantity(at(containerOf(object, fault), 'resources', 'limits', 'memory'))
}
