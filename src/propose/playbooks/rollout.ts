import { isNamedField, repairPlaybook } from './repair.ts'

/** A rollout that does not get on though its pods are well → the deadline or strategy before. */
export const rolloutPlaybook = repairPlaybook({
  name: 'rollout',
  family: 'rollout',
  trouble: () => 'does not finish its rollout',
  risk: 'Rollouts take their time again.',
  isWanted: isNamedField,
})
