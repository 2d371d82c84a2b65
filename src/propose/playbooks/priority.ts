import { repairPlaybook } from './repair.ts'

/** A PriorityClass that does not exist → the one that stood in Git before. */
export const priorityPlaybook = repairPlaybook({
  name: 'priority',
  family: 'priority',
  trouble: () => 'names a PriorityClass that does not exist',
  risk: 'Its pods are preempted, or preempt others, as they did before.',
})
