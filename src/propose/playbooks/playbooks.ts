import type { Proposer } from '#src/propose/proposer.ts'
import { accountPlaybook } from './account.ts'
import { autoscalingPlaybook } from './autoscaling.ts'
import { claimPlaybook } from './claim.ts'
import { commandPlaybook } from './command.ts'
import { disruptionPlaybook } from './disruption.ts'
import { ephemeralPlaybook } from './ephemeral.ts'
import { imagePlaybook } from './image.ts'
import { imageRollbackPlaybook } from './image-rollback.ts'
import { ingressPlaybook } from './ingress.ts'
import { limitsPlaybook } from './limits.ts'
import { memoryPlaybook } from './memory.ts'
import { mountPlaybook } from './mount.ts'
import { podSecurityPlaybook } from './pod-security.ts'
import { priorityPlaybook } from './priority.ts'
import { probePlaybook } from './probe.ts'
import { pullPlaybook } from './pull.ts'
import { referencePlaybook } from './reference.ts'
import { rolloutPlaybook } from './rollout.ts'
import { schedulePlaybook } from './schedule.ts'
import { schedulingPlaybook } from './scheduling.ts'
import { servicePlaybook } from './service.ts'

/** Every playbook, in the order in which they are asked. Those of other families than the fault's abstain. */
export const PLAYBOOKS: readonly Proposer[] = [
  imagePlaybook,
  pullPlaybook,
  referencePlaybook,
  imageRollbackPlaybook,
  commandPlaybook,
  memoryPlaybook,
  ephemeralPlaybook,
  probePlaybook,
  mountPlaybook,
  schedulingPlaybook,
  claimPlaybook,
  limitsPlaybook,
  podSecurityPlaybook,
  accountPlaybook,
  priorityPlaybook,
  servicePlaybook,
  ingressPlaybook,
  autoscalingPlaybook,
  disruptionPlaybook,
  schedulePlaybook,
  rolloutPlaybook,
]
