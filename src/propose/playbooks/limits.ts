import { autoscalersOf } from '#src/detect/state/autoscaling.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { repairPlaybook } from './repair.ts'

/** Pods that a quota or LimitRange keeps out → the requests, limits or replicas before; a request below a minimum → that minimum. */
export const limitsPlaybook = repairPlaybook({
  name: 'limits',
  family: 'quota',
  trouble: ({ fault }) =>
    `has pods that ${fault.reason === 'QuotaExceeded' ? 'a quota' : 'a LimitRange'} keeps from being created`,
  // Replicas that an autoscaler sets are not Git's.
  isWanted: (path, { state, snapshot }) =>
    formatFieldPath(path) !== 'spec.replicas' ||
    state === undefined ||
    autoscalersOf(state, snapshot.workload).length === 0,
  risk: 'The containers get other resources than the last change gave them.',
})
