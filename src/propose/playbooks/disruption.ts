import { repairPlaybook } from './repair.ts'

/** A budget that never allows an eviction → the one before. How many pods may be missing is for people to say. */
export const disruptionPlaybook = repairPlaybook({
  name: 'disruption',
  family: 'disruption',
  trouble: () => 'never allows a pod to be evicted',
  risk: 'Fewer pods may run while nodes are drained.',
  whyNothing: () => 'How many pods may be missing is for people to say.',
})
