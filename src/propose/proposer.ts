import type { ClusterState } from '#src/domain/cluster-state.ts'
import type { GitVersion, WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { Family, Fault } from '#src/domain/fault.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { GateVerdict, Proposal } from '#src/domain/proposal.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { Remembered } from './memory/remembered.ts'

/** Everything a proposer and the gates may look at. All of it is data; none of it is an instruction. */
export interface Incident {
  readonly target: TargetRef
  readonly fault: Fault
  /** Redacted and bounded, as it stands in the Remediation. */
  readonly evidence: JsonObject
  readonly snapshot: WorkloadSnapshot
  /** The target as Git renders it now. */
  readonly rendered: KubeObject
  /** Newest first; the first is the present state. */
  readonly history: readonly GitVersion[]
  /**
   * ConfigMaps and Secrets that Git declares or other workloads of the namespace refer to. Empty for faults
   * in which no name can be missing.
   */
  readonly references: readonly KnownReference[]
  /** The fields that may be at fault, where the finding tells. */
  readonly fields?: readonly string[]
  /** True where the objects come from files, which may leave out uids. */
  readonly offline?: boolean
  /** The objects around the target (nodes, Services, limits …), where they are at hand. */
  readonly state?: ClusterState
  /** Tags that exist, by image repository. A repository that is not listed is unknown, not empty. */
  readonly registryTags?: Readonly<Record<string, readonly string[]>>
  /** How earlier proposals of the namespace were answered, newest first, where that is known. */
  readonly remembered?: readonly Remembered[]
}

export interface KnownReference {
  readonly kind: 'ConfigMap' | 'Secret'
  readonly name: string
  /** Keys that are known to exist; a name may be known without its keys. */
  readonly keys: readonly string[]
  /** `git` or the workload that refers to it, for the reviewer. */
  readonly seenIn: string
}

export type Answer =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'abstain'; readonly reason: string }

/** One attempt that a gate refused, shown to the proposer in the next round. */
export interface Refused {
  readonly proposal: Proposal
  readonly verdicts: readonly GateVerdict[]
}

/** A playbook or a model. Throws OperatorError when it could not be asked (ModelUnreachable, ModelBudgetSpent), never when it has no idea. */
export interface Proposer {
  readonly name: string
  /** How many rounds of refusal it may answer; a playbook's answer does not change: 0. */
  readonly repairRounds: number
  /** The families of faults that it knows; absent: all. It is not asked about others. */
  readonly families?: readonly Family[]
  propose(incident: Incident, refused: readonly Refused[]): Promise<Answer>
}
