import type { FieldChange } from '#src/domain/change.ts'
import type { ClusterState } from '#src/domain/cluster-state.ts'
import type { GitVersion, WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { Fault } from '#src/domain/fault.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import type { StateFinding } from '#src/domain/state-finding.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { Checks } from '#src/forge/checks.ts'
import type { Conversation } from '#src/forge/conversation.ts'
import type { PullRequests } from '#src/forge/forge.ts'
import type { ForgeTexts } from '#src/forge/text/texts.ts'
import type { ClaimedObjects } from '#src/manifests/engines/claimed-objects.ts'
import type { Manifests } from '#src/manifests/manifests.ts'
import type { ProposeChain } from '#src/propose/propose-chain.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Log } from '#src/runtime/log.ts'
import type { Patience } from './decide.ts'
import type { Quiet } from './quiet.ts'

/** One configured repository with the adapters that reach it. */
export interface Repository {
  readonly spec: RepositorySpec
  readonly manifests: Manifests
  readonly pullRequests: PullRequests
  /** Absent on plain Git. */
  readonly hosted?: { readonly conversation: Conversation; readonly checks: Checks }
}

/** The repositories that are open now. They come and go while the operator runs. */
export interface Repositories {
  /** Those of the configuration file first. */
  all(): readonly Repository[]
}

/** Remediations in the API server. Writes carry a precondition; ApiConflict asks for another look. */
export interface Remediations {
  read(namespace: string, name: string): Promise<Remediation | undefined>
  /** From the API server, not from a cache: what was created a moment ago is there. */
  list(namespace: string): Promise<readonly Remediation[]>
  /** Finds or creates; returns what stands there now, which may be another incident's. */
  create(draft: RemediationDraft): Promise<Remediation>
  /** Writes the status of `next` over `previous`; returns what was written. */
  write(previous: Remediation, next: Remediation): Promise<Remediation>
  /** Sets spec.approved; returns what was written. */
  setApproved(remediation: Remediation, approved: boolean): Promise<Remediation>
  hint(namespace: string, name: string, value: string): Promise<void>
}

export interface RemediationDraft {
  readonly name: string
  readonly target: TargetRef
  readonly fault: Fault
  readonly evidence: JsonObject
  readonly detected: number
  /** Name of the Remediation whose merged change is taken back. */
  readonly reverts?: string
}

/** The target's side of the API server. */
export interface Executor {
  /** As the real thing, persisting nothing. Never throws for a refusal: that is its verdict. */
  dryRun(target: KubeObject, changes: readonly FieldChange[]): Promise<GateVerdict>
  /** Throws OperatorError: DryRunRefused, ApplyConflict, ApplyForbidden, TargetGone; nothing was changed then. */
  apply(
    target: KubeObject,
    changes: readonly FieldChange[],
  ): Promise<{ readonly result: 'configured' | 'unchanged'; readonly generation: number }>
}

/** Asks GitOps engines to look at their source; see EngineTrigger. */
export interface Engines {
  ask(engines: readonly TargetRef[], token: string): Promise<readonly string[]>
}

/** What reads the cluster for a Remediation or a new fault. */
export interface ClusterReader {
  snapshot(target: TargetRef): Promise<WorkloadSnapshot | undefined>
  /** The engines' live objects that an object's labels and annotations lead to, by name alone. Claims, not proofs. */
  engines(object: KubeObject): Promise<ClaimedObjects>
  /** True when the namespace asks to be left alone. */
  ignoredNamespace(namespace: string): Promise<boolean>
  /** Events and logs are read while the commits are still on their way. */
  evidence(
    snapshot: WorkloadSnapshot,
    fault: Fault,
    commits: Promise<readonly GitVersion[]>,
    finding?: StateFinding,
  ): Promise<JsonObject>
  /** The objects of a namespace, and those of the cluster that they refer to, as read a moment ago at most. */
  state(namespace: string): Promise<ClusterState>
  /** Whether a change carries something that looks secret: it would stand in status, pull request and commit message. */
  holdsSecret(changes: readonly FieldChange[]): Promise<boolean>
  /** Text of the cluster without what is secret in it. */
  redact(text: string): Promise<string>
}

/** Told of what happened, for metrics and the demo's narration. */
export interface Observer {
  stateChanged(previous: Remediation | undefined, next: Remediation): void
}

export interface World {
  readonly clock: Clock
  readonly log: Log
  readonly remediations: Remediations
  readonly cluster: ClusterReader
  readonly executor: Executor
  readonly engines: Engines
  readonly repositories: Repositories
  readonly proposals: ProposeChain
  readonly texts: ForgeTexts
  readonly observer: Observer
  readonly patience: Patience
  /** How long a workload has to stay well before its fault counts as gone. Milliseconds. */
  readonly settleRecoveredMs: number
  readonly quiet: Quiet
  /**
   * Since when the present look at the world holds, by the monotonic clock: one fetch of a repository after it serves all
   * that rests on this look, so that what is read of Git is one state of it. Undefined outside of a reconcile: every look
   * fetches.
   */
  readonly asOf?: number
}
