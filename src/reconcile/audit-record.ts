import type { Approval, Plan, PullRequestRef, Remediation } from '#src/domain/remediation.ts'

/** What somebody who asks later "who let this in?" needs, as one line of the log with `audit` in it. */
export interface AuditRecord {
  readonly audit: 'approved' | 'applied' | 'ended'
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

interface Facts {
  readonly plan?: Plan
  readonly pullRequest?: PullRequestRef
  readonly approval?: Approval
}

/** The records of one change of state: an approval, a write to the cluster, the end of an approved incident. */
export function auditRecords(previous: Remediation | undefined, next: Remediation): readonly AuditRecord[] {
  const before = previous && factsOf(previous)
  const facts = factsOf(next)
  const { state } = next
  const records: AuditRecord[] = []
  if (facts.approval !== undefined && before?.approval === undefined) {
    records.push({ audit: 'approved', fields: approvalFields(next, facts) })
  }
  if (state.phase === 'Applied' && previous?.state.phase !== 'Applied') {
    const { result, by, changes } = state.applied
    const fields = changes.map(({ op, field }) => `${op} ${field}`).join(', ')
    records.push({ audit: 'applied', fields: { ...about(next, facts), result, by, fields } })
  }
  if ('ended' in state && facts.approval !== undefined && previous?.state.phase !== state.phase) {
    const { phase, reason } = state
    records.push({ audit: 'ended', fields: { ...about(next, facts), phase, reason } })
  }
  return records
}

function factsOf({ state }: Remediation): Facts {
  if ('ended' in state) return state.ended
  return state.phase === 'Diagnosing' ? {} : state
}

function about({ namespace, name, uid, target }: Remediation, { plan, approval }: Facts) {
  return {
    incident: uid,
    remediation: `${namespace}/${name}`,
    target: `${target.kind} ${target.namespace}/${target.name}`,
    ...(plan && { repository: plan.source.repository, fixKey: plan.fixKey }),
    ...(approval && { mergeCommit: approval.mergeCommit, renderedDigest: approval.renderedDigest }),
  }
}

function approvalFields(remediation: Remediation, facts: Facts): AuditRecord['fields'] {
  const { approval, pullRequest, plan } = facts
  return {
    ...about(remediation, facts),
    ...(pullRequest && { pullRequest: pullRequest.url, openedWith: pullRequest.headSha }),
    ...(plan && { proposedBy: plan.proposal.proposer }),
    ...(approval && { mergedBy: approval.mergedBy, repositoryId: approval.repositoryId }),
  }
}
