import { repairPlaybook } from './repair.ts'

/** Pods evicted for their storage → the storage limit before, where it was lowered. */
export const ephemeralPlaybook = repairPlaybook({
  name: 'ephemeral',
  family: 'ephemeral',
  trouble: () => 'is evicted because it uses more storage than its limit',
  risk: 'Its pods may fill more of their node.',
  isWanted: (path) =>
    path.some(
      (segment) =>
        'member' in segment && (segment.member === 'ephemeral-storage' || segment.member === 'sizeLimit'),
    ),
  whyNothing: () => 'How much storage it needs nobody has ever said.',
})
