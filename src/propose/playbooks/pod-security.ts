import { repairPlaybook } from './repair.ts'

/**
 * Pods that Pod Security or the kubelet refuses → the security settings before. Only ever back to what is stricter: the
 * security gate refuses everything else.
 */
export const podSecurityPlaybook = repairPlaybook({
  name: 'pod-security',
  family: 'security',
  trouble: ({ fault }) => `is refused for its security settings (${fault.reason})`,
  risk: 'What needed the loosened settings does not work until it does without them.',
  whyNothing: () => 'Which user or setting its image works with nobody can tell from here.',
})
