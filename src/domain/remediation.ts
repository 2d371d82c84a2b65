import type { FieldChange } from './change.ts'
import type { ErrorCode } from './errors.ts'
import type { Fault } from './fault.ts'
import type { JsonObject } from './json.ts'
import type { KubeObject } from './kube-object.ts'
import type { Phase } from './phase.ts'
import type { Edit, GateVerdict, Proposal } from './proposal.ts'
import type { TargetRef } from './target.ts'

export const API_GROUP = 'aiops-operator.dev'
export const API_VERSION = `${API_GROUP}/v1alpha1`
export const FIELD_MANAGER = 'aiops-operator'

/** On a workload or namespace: "true" keeps the operator away. */
export const IGNORE_ANNOTATION = `${API_GROUP}/ignore`

export function asksToBeIgnored({ metadata }: Pick<KubeObject, 'metadata'>): boolean {
  return metadata.annotations?.[IGNORE_ANNOTATION] === 'true'
}

/** On a Remediation: a verified webhook delivery asks for another look. Its value carries no meaning. */
export const HINT_ANNOTATION = `${API_GROUP}/hint`

/** Times in milliseconds since the epoch. */
export interface Timeline {
  readonly detected: number
  readonly proposed?: number
  readonly opened?: number
  readonly approved?: number
  readonly applied?: number
  readonly recovered?: number
}

/** Where the target comes from, at the revision the plan was made on. */
export interface Source {
  /** The configured name of the repository. */
  readonly repository: string
  /** Host and path, never credentials. */
  readonly url: string
  readonly baseBranch: string
  /** Commit of the base branch that the plan was proven on. */
  readonly revision: string
  /** The folder or kustomization that renders the target, from the repository's root. */
  readonly root: string
  readonly files: readonly string[]
  /** Absent: nothing says that an engine applies the target. */
  readonly engine?: SourceEngine
}

/** The GitOps engine that applies the target, as its own objects say it. Sentences are for people. */
export interface SourceEngine {
  /** `Kustomization flux-system/apps`, or `unknown`. */
  readonly object: string
  /** The engine's live object lists the target among what it applied. */
  readonly confirmed: boolean
  readonly why: string
  /** Why a merge will not arrive at once: suspended, synced by hand, within certain hours … */
  readonly holds: readonly EngineHold[]
}

export const ENGINE_HOLD_REASONS = [
  'Suspended',
  'PinnedRevision',
  'RemoteCluster',
  'SyncWindow',
  'AutoSyncOff',
  'Ignored',
  'ChartVersion',
  'Promotion',
  'Deleting',
] as const
export type EngineHoldReason = (typeof ENGINE_HOLD_REASONS)[number]

export interface EngineHold {
  readonly reason: EngineHoldReason
  readonly sentence: string
}

/** What would be sent to the API server: one server-side apply, and one JSON Patch for removals. */
export interface ProposedPatch {
  readonly apply?: JsonObject
  readonly remove?: readonly JsonObject[]
}

/** A proposal that passed every gate, and the branch it is going to. Stored before anything is pushed. */
export interface Plan {
  readonly source: Source
  readonly proposal: Proposal
  readonly edits: readonly Edit[]
  /** Unified diff of the Git files, as the pull request shows it. Bounded. */
  readonly diff: string
  readonly verdicts: readonly GateVerdict[]
  readonly patch: ProposedPatch
  readonly fixKey: string
  readonly branch: string
  /** Pull request of the attempt before this one, where there was one and the forge remembers it. */
  readonly previous?: string
  /** What it has in common with other faults that the same fix answers; absent in plans of older versions. */
  readonly faultShape?: string
}

export interface PullRequestRef {
  /** As the forge names it: a number on GitHub and Gitea, the branch on plain Git. */
  readonly id: string
  /** The repository's stable identity on the forge when the pull request was opened. */
  readonly repositoryId: string
  readonly url: string
  readonly branch: string
  /** Head commit that we pushed and validated. */
  readonly headSha: string
}

/** Recomputed from the forge before every use; this copy is for people. */
export interface Approval {
  readonly repositoryId: string
  readonly pullRequest: string
  readonly mergeCommit: string
  readonly mergedBy: string
  /** SHA-256 of the canonical JSON of the target as rendered from the merge commit. */
  readonly renderedDigest: string
}

/** Why an approved change waits. */
export const HOLD_REASONS = [
  'EngineOwned',
  'ModePropose',
  'NamespaceNotGranted',
  'MergeUnreachable',
  'Waiting',
  /** A claim that the engine's own objects do not confirm. */
  'EngineUnknown',
  'EngineFailing',
  /** The API server would not have the merged change: its engine is not asked for it. */
  'DryRunRefused',
  ...ENGINE_HOLD_REASONS,
] as const
export type HoldReason = (typeof HOLD_REASONS)[number]

export interface Hold {
  readonly reason: HoldReason
  readonly message: string
}

export interface Applied {
  /** `created` never happens here: the target exists. */
  readonly result: 'configured' | 'unchanged'
  /** Who wrote: us, or whoever made the fields live before us. */
  readonly by: 'aiops-operator' | 'other'
  readonly changes: readonly FieldChange[]
  /** metadata.generation after the change: the rollout to wait for. */
  readonly generation: number
}

/** What a reviewer said to the next attempt: data for whoever proposes it, never an instruction. */
export interface Asked {
  readonly hint?: string
}

/** The end of an incident without recovery. */
export type Outcome =
  | ({
      readonly phase: 'Rejected'
      readonly reason: 'ClosedUnmerged'
      readonly message: string
      /** The snooze ends then, also when the fault stays the same. Milliseconds since the epoch. */
      readonly until?: number
    } & Asked)
  | ({
      readonly phase: 'Resolved'
      readonly reason: 'Healed' | 'FixedInGit' | 'Superseded' | 'TargetDeleted' | 'Ignored' | 'Retried'
      readonly message: string
    } & Asked)
  | { readonly phase: 'Reverted'; readonly reason: 'RevertedInGit'; readonly message: string }
  | { readonly phase: 'Failed'; readonly reason: ErrorCode; readonly message: string }

/**
 * Where a Remediation stands: each member carries exactly the facts that exist there. `ended` remembers how far it had
 * come, so that a pull request is still closed and shown.
 */
export type RemediationState =
  | { readonly phase: 'Diagnosing' }
  | { readonly phase: 'Proposed'; readonly plan: Plan }
  | { readonly phase: 'ReadyForReview'; readonly plan: Plan; readonly pullRequest: PullRequestRef }
  | {
      readonly phase: 'Approved'
      readonly plan: Plan
      readonly pullRequest: PullRequestRef
      readonly approval: Approval
      readonly hold?: Hold
    }
  | {
      readonly phase: 'Applied'
      readonly plan: Plan
      readonly pullRequest: PullRequestRef
      readonly approval: Approval
      readonly applied: Applied
      readonly recovered: boolean
    }
  | (Outcome & { readonly ended: EndedWith })

/** The facts an ended Remediation keeps. */
export interface EndedWith {
  readonly plan?: Plan
  readonly pullRequest?: PullRequestRef
  readonly approval?: Approval
  readonly applied?: Applied
}

export interface Remediation {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  readonly target: TargetRef
  readonly fault: Fault
  readonly evidence: JsonObject
  /** Mirrors the verified merge; authorises nothing. */
  readonly approved: boolean
  /** Name of the Remediation whose merged change did not help: this one takes it back. */
  readonly reverts?: string
  readonly attempt: number
  readonly timeline: Timeline
  readonly state: RemediationState
  /** What keeps the next step from succeeding, while it is tried again (condition Stalled). */
  readonly problem?: Problem
}

export interface Problem {
  readonly code: ErrorCode
  readonly message: string
}

export function phaseOf(remediation: Remediation): Phase {
  return remediation.state.phase
}

/** Nothing more will happen to it. */
export function isEnded({ state, reverts }: Remediation): boolean {
  return 'ended' in state || (state.phase === 'Applied' && (state.recovered || reverts !== undefined))
}
