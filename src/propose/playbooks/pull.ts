import { pullTrouble } from '#src/propose/pull-trouble.ts'
import { repairPlaybook } from './repair.ts'

/**
 * An image that is not on the node though it must not be pulled, one that the registry refuses to hand out, or a tag
 * that the registry has not got → the pull policy or secret before; the pull secret of its neighbours; the existing tag
 * that was meant.
 */
export const pullPlaybook = repairPlaybook({
  name: 'pull',
  family: 'image',
  trouble: ({ fault }) => `cannot get its image (${fault.reason})`,
  risk: 'Another image than before may be pulled.',
  isWanted: (path, { fault }) => {
    const last = path.findLast((segment) => 'member' in segment)
    const member = last !== undefined && 'member' in last ? last.member : ''
    if (member === 'imagePullPolicy') return fault.reason === 'ErrImageNeverPull'
    return member === 'imagePullSecrets' && pullTrouble(fault.message) === 'denied'
  },
})
