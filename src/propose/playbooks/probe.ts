import type { Incident } from '#src/propose/proposer.ts'
import { olderReplicaSet } from '#src/propose/worked-before.ts'
import { isNamedField, repairPlaybook } from './repair.ts'

/** A container that runs and whose probe fails → the probe before, unless the program changed with it; else its declared port. */
export const probePlaybook = repairPlaybook({
  name: 'probe',
  family: 'probe',
  trouble: () => 'runs, and its probe fails',
  risk: 'The earlier probe may say that the container is well where the later one would not.',
  isWanted: (path, incident) =>
    isNamedField(path, incident) || isPorts(path) || isStartupBefore(path, incident),
  doubt: ({ commit, changes, others }, { snapshot, fault }) => {
    const older = olderReplicaSet(snapshot)
    if (older !== undefined) return `${commit} is not the cause: ${older}.`
    if (/statuscode: 5\d\d/i.test(fault.message) && changes.every(({ field }) => TIMING.test(field)))
      return `${commit} changed when it is asked; the program answers, and says that it is not well.`
    return others.some((field) => /\.(?:image|command|args)$|\.env(?:\[|$)/.test(field))
      ? `${commit} or a later one changed the program as well: its probe may have changed with it.`
      : undefined
  },
})

const TIMING = /\.(?:periodSeconds|initialDelaySeconds|failureThreshold|successThreshold|timeoutSeconds)$/

/* A liveness probe that fails for want of the startup probe that held it back. */
function isStartupBefore(path: readonly object[], { fault }: Incident): boolean {
  const isStartup = path.some((segment) => 'member' in segment && segment.member === 'startupProbe')
  return isStartup && fault.field.endsWith('.livenessProbe')
}

function isPorts(path: readonly object[]): boolean {
  return path.some((segment) => 'member' in segment && segment.member === 'ports')
}
