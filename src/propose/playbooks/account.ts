import { repairPlaybook } from './repair.ts'

/** A ServiceAccount that does not exist → the one that stood in Git before. Never another: an account is a grant. */
export const accountPlaybook = repairPlaybook({
  name: 'account',
  family: 'account',
  trouble: () => 'names a ServiceAccount that does not exist',
  risk: 'Its pods have the rights of the earlier account.',
  whyNothing: () => 'An account that never stood in Git is not proposed.',
})
