import fc from 'fast-check'
import { ERRORS, type ErrorCode } from '#src/domain/errors.ts'
import { FAULT_FAMILY, type FaultReason } from '#src/domain/fault.ts'
import type { JsonObject } from '#src/domain/json.ts'
import { GATES } from '#src/domain/proposal.ts'
import {
  type Applied,
  type Approval,
  ENGINE_HOLD_REASONS,
  HOLD_REASONS,
  type Outcome,
  type Plan,
  type PullRequestRef,
  type Remediation,
  type RemediationState,
} from '#src/domain/remediation.ts'
import { aRemediation } from './a-remediation.ts'

/** Any Remediation that the types allow: every state, with and without what is optional. */

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
/** JSON that survives JSON: no -0, no undefined. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as JsonObject)
const jsonObject = fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }).filter(plainKey), json, {
  maxKeys: 3,
})
const code = fc.constantFrom(...(Object.keys(ERRORS) as ErrorCode[]))
const count = fc.integer({ min: 1, max: 10_000 })
/** Milliseconds of years that RFC 3339 writes with four digits. */
const time = fc.integer({ min: 0, max: Date.UTC(9999, 0, 1) })

function plainKey(key: string): boolean {
  return key !== '__proto__'
}

const changes = fc.array(
  fc.oneof(
    fc.record({ op: fc.constant('set' as const), field: text, value: json }),
    fc.record({ op: fc.constant('remove' as const), field: text }),
  ),
  { maxLength: 3 },
)

const proposal = fc.record(
  {
    proposer: text,
    model: text,
    promptVersion: text,
    summary: text,
    rootCause: text,
    changes,
    grounds: fc.array(
      fc.record({
        field: text,
        kind: fc.constantFrom('replicaset' as const, 'git' as const, 'reference' as const),
        evidence: text,
      }),
      { maxLength: 2 },
    ),
    risk: text,
  },
  { requiredKeys: ['proposer', 'summary', 'rootCause', 'changes', 'grounds', 'risk'] },
)

const plan: fc.Arbitrary<Plan> = fc.record(
  {
    source: fc.record(
      {
        repository: text,
        url: text,
        baseBranch: text,
        revision: text,
        root: text,
        files: fc.array(text, { maxLength: 3 }),
        engine: fc.record({
          object: text,
          confirmed: fc.boolean(),
          why: text,
          holds: fc.array(fc.record({ reason: fc.constantFrom(...ENGINE_HOLD_REASONS), sentence: text }), {
            maxLength: 2,
          }),
        }),
      },
      { requiredKeys: ['repository', 'url', 'baseBranch', 'revision', 'root', 'files'] },
    ),
    proposal,
    edits: fc.array(fc.record({ file: text, line: count, field: text }), { maxLength: 2 }),
    diff: text,
    verdicts: fc.array(
      fc.record({
        gate: fc.constantFrom(...GATES),
        verdict: fc.constantFrom('passed' as const, 'refused' as const),
        message: text,
      }),
      { maxLength: 3 },
    ),
    patch: fc.record(
      { apply: jsonObject, remove: fc.array(jsonObject, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
    fixKey: text,
    branch: text,
    faultShape: text,
  },
  { requiredKeys: ['source', 'proposal', 'edits', 'diff', 'verdicts', 'patch', 'fixKey', 'branch'] },
)

const pullRequest: fc.Arbitrary<PullRequestRef> = fc.record({
  id: text,
  repositoryId: text,
  url: text,
  branch: text,
  headSha: text,
})

const approval: fc.Arbitrary<Approval> = fc.record({
  repositoryId: text,
  pullRequest: text,
  mergeCommit: text,
  mergedBy: text,
  renderedDigest: text,
})

const applied: fc.Arbitrary<Applied> = fc.record({
  result: fc.constantFrom('configured' as const, 'unchanged' as const),
  by: fc.constantFrom('aiops-operator' as const, 'other' as const),
  changes,
  generation: count,
})

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({
    phase: fc.constant('Rejected' as const),
    reason: fc.constant('ClosedUnmerged' as const),
    message: text,
  }),
  fc.record({
    phase: fc.constant('Resolved' as const),
    reason: fc.constantFrom('Healed', 'FixedInGit', 'Superseded', 'TargetDeleted', 'Ignored'),
    message: text,
  }),
  fc.record({
    phase: fc.constant('Reverted' as const),
    reason: fc.constant('RevertedInGit' as const),
    message: text,
  }),
  fc.record({ phase: fc.constant('Failed' as const), reason: code, message: text }),
)

export const anyState: fc.Arbitrary<RemediationState> = fc.oneof(
  fc.record({ phase: fc.constant('Diagnosing' as const) }),
  fc.record({ phase: fc.constant('Proposed' as const), plan }),
  fc.record({ phase: fc.constant('ReadyForReview' as const), plan, pullRequest }),
  fc.record(
    {
      phase: fc.constant('Approved' as const),
      plan,
      pullRequest,
      approval,
      hold: fc.record({ reason: fc.constantFrom(...HOLD_REASONS), message: text }),
    },
    { requiredKeys: ['phase', 'plan', 'pullRequest', 'approval'] },
  ),
  fc.record({
    phase: fc.constant('Applied' as const),
    plan,
    pullRequest,
    approval,
    applied,
    recovered: fc.boolean(),
  }),
  fc
    .tuple(outcome, fc.record({ plan, pullRequest, approval, applied }, { requiredKeys: [] }))
    .map(([end, ended]) => ({ ...end, ended })),
)

export const anyRemediation: fc.Arbitrary<Remediation> = fc
  .record(
    {
      state: anyState,
      fault: fc.constantFrom(...(Object.keys(FAULT_FAMILY) as FaultReason[])).map((reason) => ({
        ...aRemediation().fault,
        reason,
        family: FAULT_FAMILY[reason],
      })),
      evidence: jsonObject,
      approved: fc.boolean(),
      attempt: count,
      timeline: fc.record(
        { detected: time, proposed: time, opened: time, approved: time, applied: time, recovered: time },
        { requiredKeys: ['detected'] },
      ),
      problem: fc.record({ code, message: text }),
    },
    { requiredKeys: ['state', 'fault', 'evidence', 'approved', 'attempt', 'timeline'] },
  )
  // Plain objects all the way down, as they come from JSON.
  .map((about) => JSON.parse(JSON.stringify(aRemediation(about))) as Remediation)
