import { repairPlaybook } from './repair.ts'

/** A Service that selects nothing, or whose port leads nowhere → its selector or port before; else what the pods really have. */
export const servicePlaybook = repairPlaybook({
  name: 'service',
  family: 'service',
  trouble: ({ fault }) =>
    fault.reason === 'ServiceWithoutPods' ? 'selects no pod' : 'leads to a port that no pod behind it has',
  risk: 'Traffic reaches the pods as soon as this is applied.',
})
