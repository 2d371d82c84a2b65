import type { Remediation } from '#src/domain/remediation.ts'

/** A Kubernetes Event about one change of state. */
export interface IncidentEvent {
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, as Events have it. */
  readonly reason: string
  readonly message: string
}

/** What is told on the Remediation and on its target; undefined when nothing changed that people wait for. */
export function incidentEvent(
  previous: Remediation | undefined,
  next: Remediation,
): IncidentEvent | undefined {
  const { state, fault } = next
  const recovered = state.phase === 'Applied' && state.recovered
  const wasRecovered = previous?.state.phase === 'Applied' && previous.state.recovered
  if (previous?.state.phase === state.phase && recovered === wasRecovered) return undefined
  const normal = (reason: string, message: string): IncidentEvent => ({ type: 'Normal', reason, message })
  switch (state.phase) {
    case 'Diagnosing':
      return { type: 'Warning', reason: 'FaultDetected', message: `${fault.reason}: ${fault.message}` }
    case 'Proposed':
      return normal('FixProposed', state.plan.proposal.summary)
    case 'ReadyForReview':
      return normal('PullRequestOpened', `Merging ${state.pullRequest.url} repairs it`)
    case 'Approved':
      return normal('FixApproved', `${state.approval.mergedBy} merged ${state.pullRequest.url}`)
    case 'Applied':
      return recovered
        ? normal('Recovered', 'The symptom is gone')
        : normal('FixApplied', `Applied as of ${state.approval.mergeCommit.slice(0, 12)}`)
    default: {
      const type = state.phase === 'Failed' ? 'Warning' : 'Normal'
      return { type, reason: state.phase, message: `${state.reason}: ${state.message}` }
    }
  }
}
