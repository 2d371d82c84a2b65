import type { FieldChange } from '#src/domain/change.ts'
import type { GitVersion } from '#src/domain/evidence.ts'
import type { FieldPath } from '#src/domain/field-path.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { Edit } from '#src/domain/proposal.ts'
import type { Source } from '#src/domain/remediation.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { EngineRoot } from './engine-roots.ts'
import type { Located } from './locate.ts'

/** The target found in Git at one commit. */
export interface Traced {
  readonly source: Source
  /** The target as Git renders it at `source.revision`. */
  readonly rendered: KubeObject
}

/** An edit proven on `source.revision`: exactly the intended fields of the target differ, nothing else does. */
export interface ProvenEdit {
  readonly edits: readonly Edit[]
  /** Whole new contents by path from the repository's root: what a commit consists of. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Unified diff of those files. */
  readonly diff: string
  readonly before: KubeObject
  readonly after: KubeObject
}

export interface CommitRequest {
  readonly branch: string
  readonly parent: string
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly message: string
  /** Milliseconds since the epoch; fixed per attempt, so that the same commit made twice has the same SHA. */
  readonly at: number
}

export interface BranchState {
  readonly headSha: string
  /** Commits on the branch since it left the base, newest first: who made them, and whether we did. */
  readonly commits: readonly { readonly sha: string; readonly author: string; readonly ours: boolean }[]
}

/**
 * One manifests repository. Every method is repeatable. All throw OperatorError with the codes of the `manifests` room;
 * nothing here reads a value from the cluster.
 */
export interface Manifests {
  /**
   * Brings the local store up to date; returns the tip of the base branch. With `since` (of the monotonic clock) a fetch
   * that began then or later is fresh enough; without it, only one that begins now.
   */
  fetch(since?: number): Promise<string>
  /** Finds the target at a commit. NotInGit, AmbiguousSource, ManifestUnparsable, RenderFailed. */
  trace(target: TargetRef, revision: string): Promise<Traced>
  /**
   * The engines' sources that make the target of the traced root, as far as objects in the repository tell: one for each
   * Application, Kustomization or HelmRelease, of every cluster that the repository serves.
   */
  engines(traced: Traced): Promise<readonly EngineRoot[]>
  /** The line that feeds a field. EditRefused, NotInGit. */
  locate(traced: Traced, field: FieldPath): Promise<Located>
  /** Names and data keys of ConfigMaps and (names, keys only) Secrets declared in Git for a namespace. */
  declared(namespace: string, revision: string): Promise<readonly DeclaredConfig[]>
  /** The target at the last commits that touched its files, newest first; at most `limit`. */
  history(traced: Traced, limit: number): Promise<readonly GitVersion[]>
  /** Splices the changes into the source and proves them by rendering. EditRefused, BlastRadius, ProofFailed. */
  edit(traced: Traced, target: TargetRef, changes: readonly FieldChange[]): Promise<ProvenEdit>
  /** The target as rendered from any commit by the same root; undefined when it is not there. */
  renderAt(source: Pick<Source, 'root'>, target: TargetRef, revision: string): Promise<KubeObject | undefined>
  /**
   * Ensures the branch holds exactly this commit, or another operator's commit with the same parent and files. Returns
   * the head SHA. HumanCommits when it holds anybody else's. The message must carry the fix trailer.
   */
  push(request: CommitRequest): Promise<string>
  /** Ensures the branch is gone: true. A branch that holds anybody else's unmerged commits stays: false. */
  deleteBranch(branch: string): Promise<boolean>
  /** One of our branches on the remote after the last fetch, or undefined when it is gone. */
  branch(branch: string): Promise<BranchState | undefined>
  mergeBase(a: string, b: string): Promise<string | undefined>
  isAncestor(ancestor: string, descendant: string): Promise<boolean>
  /** Parents and message of a commit; undefined when it is not in the store after the last fetch. */
  commit(sha: string): Promise<CommitFacts | undefined>
  /** Commits of the base branch not in `since`, newest first, with their messages; at most `limit`. */
  baseCommits(since: string, limit: number): Promise<readonly CommitFacts[]>
}

export interface CommitFacts {
  readonly sha: string
  readonly parents: readonly string[]
  readonly author: string
  readonly committer: string
  readonly message: string
}

export interface DeclaredConfig {
  readonly kind: 'ConfigMap' | 'Secret'
  readonly name: string
  readonly keys: readonly string[]
}
