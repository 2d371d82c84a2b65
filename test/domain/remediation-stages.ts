import type { Applied, Approval, Plan, PullRequestRef, RemediationState } from '#src/domain/remediation.ts'

/** Plain values for the states of one Remediation, from a plan to its application. */
export const PLAN: Plan = {
  source: {
    ...{ repository: 'infra', url: 'git.example/shop/infra', baseBranch: 'main', revision: 'a'.repeat(40) },
    ...{ root: '.', files: ['web.yaml'] },
  },
  proposal: {
    ...{ proposer: 'image-rollback', summary: 'Back to web:1.4.2', rootCause: 'web:1.5.0 does not exist' },
    changes: [{ op: 'set', field: 'spec.template.spec.containers[name=web].image', value: 'web:1.4.2' }],
    ...{ grounds: [], risk: 'low' },
  },
  ...{ edits: [], diff: '', verdicts: [], patch: {}, fixKey: 'f'.repeat(12), branch: 'aiops-operator/web' },
}

export const PULL_REQUEST: PullRequestRef = {
  ...{ id: '7', repositoryId: 'r-1', url: 'https://git.example/shop/infra/pulls/7' },
  ...{ branch: PLAN.branch, headSha: 'b'.repeat(40) },
}

export const APPROVAL: Approval = {
  ...{ repositoryId: 'r-1', pullRequest: '7', mergeCommit: 'c'.repeat(40), mergedBy: 'robin' },
  renderedDigest: 'd'.repeat(64),
}

export const APPLIED: Applied = {
  ...{ result: 'configured', by: 'aiops-operator', generation: 3 },
  changes: PLAN.proposal.changes,
}

const opened = { plan: PLAN, pullRequest: PULL_REQUEST }
const approved = { ...opened, approval: APPROVAL }

export const STATES = {
  diagnosing: { phase: 'Diagnosing' },
  proposed: { phase: 'Proposed', plan: PLAN },
  waiting: { phase: 'ReadyForReview', ...opened },
  approved: { phase: 'Approved', ...approved },
  applied: { phase: 'Applied', ...approved, applied: APPLIED, recovered: false },
  recovered: { phase: 'Applied', ...approved, applied: APPLIED, recovered: true },
  rejected: { phase: 'Rejected', reason: 'ClosedUnmerged', message: 'closed by robin', ended: opened },
  notRecovered: {
    ...{ phase: 'Failed', reason: 'NotRecovered', message: 'still failing' },
    ended: { ...approved, applied: APPLIED },
  },
  resolved: { phase: 'Resolved', reason: 'Healed', message: 'it runs again', ended: {} },
} as const satisfies Record<string, RemediationState>
