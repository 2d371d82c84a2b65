import type { FieldChange } from '#src/domain/change.ts'
import type { Family } from '#src/domain/fault.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { GateName, GateVerdict, Proposal } from '#src/domain/proposal.ts'
import type { ContainerRole, TargetRef } from '#src/domain/target.ts'
import type { ProvenEdit } from '#src/manifests/manifests.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { allowListGate } from './allow-list-gate.ts'
import { groundingGate } from './grounding.ts'
import { identityGate } from './identity.ts'
import { mergedChanges } from './merged-changes.ts'
import { renderDiffGate } from './render-diff.ts'
import { schemaGate } from './schema.ts'
import { securityGate } from './security.ts'
import { refused } from './verdict.ts'
import { whatIfGate } from './what-if-gate.ts'

/** What all gates look at; which of it exists depends on how far the proposal has come. */
interface Submission {
  readonly incident: Incident | undefined
  readonly target: TargetRef
  readonly family: Family
  readonly role: ContainerRole
  readonly container: string
  readonly changes: readonly FieldChange[]
  readonly words?: Pick<Proposal, 'summary' | 'rootCause' | 'risk'>
  /** The target as Git renders it without and with the changes. */
  readonly before: KubeObject
  readonly after: KubeObject
  readonly humanAuthor: string | undefined
}

type Gate = (submission: Submission) => GateVerdict
type Gates<Name extends GateName = GateName> = Readonly<Partial<Record<Name, Gate>>>

const schema: Gate = (it) => schemaGate(it.target.kind, it, it.changes, it.words)
const allowList: Gate = (it) => allowListGate(it.target.kind, it.family, it, it.changes)
const grounding: Gate = (it) => groundingGate(it.incident, it.before, it.changes, it.humanAuthor)
const identity: Gate = ({ target, incident, before, after, ...ref }) =>
  identityGate({
    target,
    ref,
    before,
    after,
    live: incident?.snapshot.workload,
    offline: incident?.offline === true,
  })
const security: Gate = (it) => securityGate(it.incident, it.before, it.after)
const renderDiff: Gate = (it) => renderDiffGate(it.before, it.after, it.changes)

/** What can be judged before anything is edited. */
export const PROPOSAL_GATES = { schema, 'allow-list': allowList, grounding } as const satisfies Gates
/** The same where other objects are at hand that can tell whether the fault would be gone. */
export const STATE_PROPOSAL_GATES = {
  ...PROPOSAL_GATES,
  'what-if': (it: Submission) =>
    it.incident === undefined
      ? refused('what-if', 'Nothing is at hand that could tell.')
      : whatIfGate(it.incident, it.changes),
} as const satisfies Gates
/** What needs the edit, rendered before and after. */
export const EDIT_GATES = { identity, security, 'render-diff': renderDiff } as const satisfies Gates
/** What is judged again on merged content, whoever wrote it. There the changes are what the renders differ in. */
export const MERGED_GATES = {
  schema,
  'allow-list': allowList,
  identity,
  grounding,
  security,
} as const satisfies Gates

/** The static gates, in order. `gates` exists so that tests can show what each of them alone stops. */
export function checkProposal(
  incident: Incident,
  proposal: Proposal,
  gates: Gates = incident.state === undefined ? PROPOSAL_GATES : STATE_PROPOSAL_GATES,
): readonly GateVerdict[] {
  const { rendered } = incident
  return run(gates, { ...submission(incident, proposal), before: rendered, after: rendered })
}

/** The gates over the proven edit. */
export function checkEdit(
  incident: Incident,
  proposal: Proposal,
  edit: Pick<ProvenEdit, 'before' | 'after'>,
  gates: Gates = EDIT_GATES,
): readonly GateVerdict[] {
  return run(gates, { ...submission(incident, proposal), before: edit.before, after: edit.after })
}

export interface MergedContent {
  /** Read again after the merge. Without it nothing but a person's merge grounds a value, and no Secret is new. */
  readonly incident?: Incident
  readonly target: TargetRef
  readonly family: Family
  readonly role: ContainerRole
  readonly container: string
  /** The target as rendered from the merge base and from the merged head. */
  readonly before: KubeObject
  readonly after: KubeObject
  /** Who answers for the merged values: their ground is that person's merge. Undefined: only evidence counts. */
  readonly authoredByHuman: string | undefined
}

/** The hard gates over what was merged. All fields that differ between the renders are judged. */
export function checkMerged(merged: MergedContent, gates: Gates = MERGED_GATES): readonly GateVerdict[] {
  const { incident, authoredByHuman, before, after, ...rest } = merged
  const changes = mergedChanges(before, after)
  return run(gates, { ...rest, incident, before, after, changes, humanAuthor: authoredByHuman })
}

function submission(incident: Incident, proposal: Proposal): Omit<Submission, 'before' | 'after'> {
  const { target, fault } = incident
  const { family, role, container } = fault
  const { changes } = proposal
  return { incident, target, family, role, container, changes, words: proposal, humanAuthor: undefined }
}

/* A gate that cannot judge refuses: hostile input must not get past it by breaking it. */
function run(gates: Gates, submission: Submission): readonly GateVerdict[] {
  return (Object.entries(gates) as [GateName, Gate][]).map(([name, gate]) => {
    try {
      return gate(submission)
    } catch (error) {
      return refused(
        name,
        `It could not be judged: ${error instanceof Error ? error.message : String(error)}.`,
      )
    }
  })
}
