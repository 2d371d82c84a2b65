import type { FieldChange } from '#src/domain/change.ts'
import type { Approval, Hold, Remediation } from '#src/domain/remediation.ts'
import type { Mode } from '#src/domain/repository.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { ApprovalFacts } from '#src/execute/approval.ts'

/** How the target is doing with regard to the Remediation's own fault. */
export type Symptom =
  | { readonly state: 'present' | 'recovering' | 'healthy'; readonly message: string }
  /** The workload was deleted, or deleted and made anew. */
  | { readonly state: 'gone'; readonly message: string }
  /** Marked with the ignore annotation, or in an excluded namespace. */
  | { readonly state: 'ignored'; readonly message: string }

/** What the forge says of our pull request now. */
export type ReviewState =
  | { readonly state: 'open'; readonly headSha: string }
  | { readonly state: 'closed'; readonly message: string }
  /** Merged and verified: by somebody else, from our branch, into the configured base. */
  | { readonly state: 'merged'; readonly merge: ApprovalFacts }
  /** Merged, but not what we may act on. */
  | { readonly state: 'unacceptable'; readonly message: string }
  | { readonly state: 'missing'; readonly message: string }

/** What Git says of the merged change now, at the tip of the base branch. */
export type MergedState =
  | {
      readonly state: 'stands'
      readonly changes: readonly FieldChange[]
      readonly refused: string | undefined
    }
  | { readonly state: 'reverted'; readonly message: string }
  | { readonly state: 'superseded'; readonly message: string }
  | { readonly state: 'hold'; readonly hold: Hold }

/** Who has to make the merged change live. */
export type Applier =
  /** The fields are live already. */
  | { readonly kind: 'live'; readonly by: 'aiops-operator' | 'other'; readonly generation: number }
  | { readonly kind: 'us' }
  /** Its engine; `ask` are those of its objects that have neither seen the merge nor been asked to look. */
  | {
      readonly kind: 'engine'
      readonly hold: Hold
      readonly ask: readonly TargetRef[]
      readonly token: string
    }
  | { readonly kind: 'other'; readonly hold: Hold }

/** The world as one reconcile sees it: each phase observes what it needs and no more. */
export type Observation = ObservationFacts &
  (
    | { readonly phase: 'Diagnosing'; readonly symptom: Symptom }
    | { readonly phase: 'Proposed'; readonly symptom: Symptom; readonly mode: Mode; readonly stale: boolean }
    | {
        readonly phase: 'ReadyForReview'
        readonly review: ReviewState
        /** Of a merged one: what that approves, or why it approves nothing any more, or not yet. */
        readonly approval: Approval | Exclude<MergedState, { state: 'stands' }> | undefined
        readonly symptom: Symptom
        /** The field at fault was changed in the cluster: this fault is not the one the plan was made for. */
        readonly stale: boolean
      }
    | {
        readonly phase: 'Approved'
        readonly review: ReviewState
        readonly symptom: Symptom
        readonly merged: MergedState | undefined
        readonly applier: Applier | undefined
      }
    | { readonly phase: 'Applied'; readonly symptom: Symptom; readonly merged: MergedState | undefined }
    | { readonly phase: 'Ended' }
  )

export interface ObservationFacts {
  readonly remediation: Remediation
  readonly now: number
}
