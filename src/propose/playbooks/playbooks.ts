import type { Proposer } from '#src/propose/proposer.ts'
import { commandPlaybook } from './command.ts'
import { imagePlaybook } from './image.ts'
import { imageRollbackPlaybook } from './image-rollback.ts'
import { referencePlaybook } from './reference.ts'

/** Every playbook, in the order in which they are asked. At most one of each family has an answer. */
export const PLAYBOOKS: readonly Proposer[] = [
  imagePlaybook,
  referencePlaybook,
  imageRollbackPlaybook,
  commandPlaybook,
]
