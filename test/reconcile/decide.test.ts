import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan, Remediation, RemediationState } from '#src/domain/remediation.ts'
import { decide } from '#src/reconcile/decide.ts'
import type { MergedState, Observation, Symptom } from '#src/reconcile/observation.ts'
import type { Step } from '#src/reconcile/step.ts'

const ENGINE = { reason: 'EngineOwned', message: 'Flux' } as const
const KUSTOMIZATION = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'apps',
}
const patience = { poll: 30_000, recheck: 5_000, recovery: 600_000 }
const present: Symptom = { state: 'present', message: 'pulling fails' }
const recovering: Symptom = { state: 'recovering', message: 'rolling out' }
const healthy: Symptom = { state: 'healthy', message: 'available' }
const gone: Symptom = { state: 'gone', message: 'deleted' }
const ignored: Symptom = { state: 'ignored', message: 'marked' }
const approval = {
  repositoryId: '1',
  pullRequest: '7',
  mergeCommit: 'c0ffee',
  mergedBy: 'alice',
  renderedDigest: 'd1',
}
const merge = { ...approval, headSha: 'h', edited: false }
const merged = { state: 'merged', merge } as const
const stands: MergedState = { state: 'stands', changes: [], refused: undefined }

const plan = {
  source: { repository: 'infra', url: '', baseBranch: 'main', revision: 'r', root: '.', files: [] },
  proposal: { proposer: 'p', summary: '', rootCause: '', changes: [], grounds: [], risk: '' },
  edits: [],
  diff: '',
  verdicts: [],
  patch: {},
  fixKey: 'k',
  branch: 'b',
} satisfies Plan
const pullRequest = { id: '7', repositoryId: '1', url: 'u', branch: 'b', headSha: 'h' }

function remediation(state: RemediationState, approved: boolean, applied?: number): Remediation {
  return {
    name: 'web-auto-fix',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '1',
    target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    fault: {
      key: 'key',
      reason: 'ImagePullBackOff',
      family: 'image',
      role: 'main',
      container: 'web',
      field: 'f',
      message: '',
    },
    evidence: {},
    approved,
    attempt: 1,
    timeline: { detected: 0, ...(applied === undefined ? {} : { applied }) },
    state,
  }
}

const now = 1_000_000
const diagnosing = (symptom: Symptom, approved = false): Observation => ({
  phase: 'Diagnosing',
  now,
  remediation: remediation({ phase: 'Diagnosing' }, approved),
  symptom,
})
const proposed = (over: Partial<Extract<Observation, { phase: 'Proposed' }>> = {}): Observation => ({
  phase: 'Proposed',
  now,
  remediation: remediation({ phase: 'Proposed', plan }, false),
  symptom: present,
  mode: 'apply',
  stale: false,
  ...over,
})
const reviewed = (
  review: Extract<Observation, { phase: 'ReadyForReview' }>['review'],
  over: { symptom?: Symptom; stale?: boolean; approved?: boolean } = {},
): Observation => ({
  phase: 'ReadyForReview',
  now,
  remediation: remediation({ phase: 'ReadyForReview', plan, pullRequest }, over.approved ?? false),
  review,
  approval: review.state === 'merged' ? approval : undefined,
  symptom: over.symptom ?? present,
  stale: over.stale ?? false,
})
const approvedWith = (
  over: Partial<Extract<Observation, { phase: 'Approved' }>> = {},
  approved = true,
): Observation => ({
  phase: 'Approved',
  now,
  remediation: remediation({ phase: 'Approved', plan, pullRequest, approval }, approved),
  review: merged,
  symptom: present,
  merged: stands,
  applier: { kind: 'us' },
  ...over,
})
const appliedWith = (
  symptom: Symptom,
  appliedAt: number,
  mergedState: MergedState = stands,
): Observation => ({
  phase: 'Applied',
  now,
  remediation: remediation(
    {
      phase: 'Applied',
      plan,
      pullRequest,
      approval,
      applied: { result: 'configured', by: 'aiops-operator', changes: [], generation: 2 },
      recovered: false,
    },
    true,
    appliedAt,
  ),
  symptom,
  merged: mergedState,
})

/** What is compared of a step: its name, and the phase and reason of an end. */
function brief(step: Step): string {
  switch (step.do) {
    case 'end':
    case 'undo':
      return `${step.do} ${step.outcome.phase} ${step.outcome.reason}`
    case 'mirror':
      return `mirror ${step.approved}`
    case 'wait':
      return `wait ${step.afterMs}`
    case 'hold':
      return `hold ${step.hold.reason}`
    case 'record':
      return `record ${step.applied.result} by ${step.applied.by}`
    default:
      return step.do
  }
}

const table: Readonly<Record<string, readonly [Observation, string]>> = {
  'a present fault is planned for': [diagnosing(present), 'plan'],
  'a workload on its way up is given time': [diagnosing(recovering), 'wait 5000'],
  'a fault that went away needs no pull request': [diagnosing(healthy), 'end Resolved Healed'],
  'a deleted workload ends the incident': [diagnosing(gone), 'end Resolved TargetDeleted'],
  'an ignored workload is left alone': [diagnosing(ignored), 'end Resolved Ignored'],
  'approved by hand before any proposal is taken back': [diagnosing(present, true), 'mirror false'],
  'a plan is published': [proposed(), 'publish'],
  'in mode observe a plan is only shown': [proposed({ mode: 'observe' }), 'wait 30000'],
  'a plan for an older state of the field is dropped': [proposed({ stale: true }), 'end Resolved Superseded'],
  'a plan for a healed workload is dropped': [proposed({ symptom: healthy }), 'end Resolved Healed'],
  'an open pull request is waited for': [reviewed({ state: 'open', headSha: 'h' }), 'wait 30000'],
  'approved by hand while the pull request is open is taken back': [
    reviewed({ state: 'open', headSha: 'h' }, { approved: true }),
    'mirror false',
  ],
  'a healed workload closes the pull request': [
    reviewed({ state: 'open', headSha: 'h' }, { symptom: healthy }),
    'end Resolved Healed',
  ],
  'a changed field at fault closes the pull request': [
    reviewed({ state: 'open', headSha: 'h' }, { stale: true }),
    'end Resolved Superseded',
  ],
  'a merge is an approval': [reviewed(merged), 'approve'],
  'a merge counts even when the workload healed meanwhile, because Git is the truth': [
    reviewed(merged, { symptom: healthy }),
    'approve',
  ],
  'closed unmerged is rejected': [
    reviewed({ state: 'closed', message: 'closed' }),
    'end Rejected ClosedUnmerged',
  ],
  'a merge by ourselves approves nothing': [
    reviewed({ state: 'unacceptable', message: 'merged by us' }),
    'end Failed ApprovalInvalid',
  ],
  'a pull request that is not ours any more approves nothing': [
    reviewed({ state: 'missing', message: 'gone' }),
    'end Failed ForgeRejected',
  ],
  'a merged change is applied': [approvedWith(), 'apply'],
  'the flag is set before anything is applied': [approvedWith({}, false), 'mirror true'],
  'an approval that the forge does not confirm applies nothing': [
    approvedWith({ review: { state: 'open', headSha: 'h' } }),
    'end Failed ApprovalInvalid',
  ],
  'a merged change that a gate refuses is not applied': [
    approvedWith({ merged: { state: 'stands', changes: [], refused: 'privileged' } }),
    'end Failed GateRefused',
  ],
  'a change that is live already is recorded, not applied': [
    approvedWith({ applier: { kind: 'live', by: 'other', generation: 3 } }),
    'record unchanged by other',
  ],
  'our own apply, seen after a crash, is recorded and not repeated': [
    approvedWith({ applier: { kind: 'live', by: 'aiops-operator', generation: 3 } }),
    'record configured by aiops-operator',
  ],
  'what an engine owns is held': [
    approvedWith({ applier: { kind: 'other', hold: { reason: 'EngineOwned', message: 'Flux' } } }),
    'hold EngineOwned',
  ],
  'an engine that has not seen the merge is asked once to look': [
    approvedWith({ applier: { kind: 'engine', hold: ENGINE, ask: [KUSTOMIZATION], token: 'c0ffee' } }),
    'ask',
  ],
  'an engine that was asked is waited for': [
    approvedWith({ applier: { kind: 'engine', hold: ENGINE, ask: [], token: 'c0ffee' } }),
    'hold EngineOwned',
  ],
  'an unreachable merge commit is held': [
    approvedWith({ merged: { state: 'hold', hold: { reason: 'MergeUnreachable', message: '' } } }),
    'hold MergeUnreachable',
  ],
  'a revert in Git before the apply is followed': [
    approvedWith({ merged: { state: 'reverted', message: '' } }),
    'end Reverted RevertedInGit',
  ],
  'a later commit wins': [
    approvedWith({ merged: { state: 'superseded', message: '' } }),
    'end Resolved FixedInGit',
  ],
  'a workload that asks to be ignored after the merge is held': [
    approvedWith({ symptom: ignored }),
    'hold Waiting',
  ],
  'a target that is gone after the merge is said': [approvedWith({ symptom: gone }), 'end Failed TargetGone'],
  'an applied change that helps is recovered': [appliedWith(healthy, now - 1000), 'recovered'],
  'an applied change is given time': [appliedWith(present, now - 1000), 'wait 5000'],
  'an applied change that does not help is taken back': [
    appliedWith(present, now - patience.recovery),
    'undo Failed NotRecovered',
  ],
  'a rollout that never ends is taken back too': [
    appliedWith(recovering, now - patience.recovery),
    'undo Failed NotRecovered',
  ],
  'nothing is taken back once Git has moved on': [
    appliedWith(present, now - patience.recovery, { state: 'superseded', message: '' }),
    'end Failed NotRecovered',
  ],
  'a revert after the apply is recorded': [
    appliedWith(present, now - 1000, { state: 'reverted', message: '' }),
    'end Reverted RevertedInGit',
  ],
}

for (const [claim, [observation, expected]] of Object.entries(table)) {
  test(claim, () => assert.equal(brief(decide(observation, patience)), expected))
}
