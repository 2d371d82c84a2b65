import { isNamedField, repairPlaybook } from './repair.ts'

/** An autoscaler without a target, or without requests to measure by → what stood there before; else the workload that is meant. */
export const autoscalingPlaybook = repairPlaybook({
  name: 'autoscaling',
  family: 'autoscaling',
  trouble: ({ fault }) =>
    fault.reason === 'ScaleTargetMissing'
      ? 'scales nothing that exists'
      : 'requests nothing of what it is scaled by',
  risk: 'The number of replicas changes as soon as the autoscaler works again.',
  isWanted: isNamedField,
  whyNothing: ({ fault }) =>
    fault.reason === 'ScaleMetricUnavailable'
      ? 'How much it should request nobody has ever said.'
      : undefined,
})
