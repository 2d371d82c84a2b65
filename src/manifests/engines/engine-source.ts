import type { Json } from '#src/domain/json.ts'
import type { EngineHoldReason } from '#src/domain/remediation.ts'
import type { Root, ValuesLayer } from '#src/domain/root.ts'
import type { TargetRef } from '#src/domain/target.ts'

export type Engine = 'argocd' | 'flux'

/** One thing that an engine renders and applies, as its objects say it. Everything in it is untrusted text. */
export interface EngineSource {
  readonly engine: Engine
  /** The Kustomization, HelmRelease, Application or, where it is not expanded, ApplicationSet. */
  readonly object: TargetRef
  /** The ApplicationSet that `object` is generated from: changes of `object` itself are undone. */
  readonly generatedBy?: TargetRef
  /** The field of `object` that names this source: `spec`, `spec.sources[1]`. */
  readonly field: string
  /** Normalised as `repositoryUrl` does. Undefined: it does not come from Git, or that is not known. */
  readonly repositoryUrl: string | undefined
  readonly revision: WantedRevision
  readonly root: Root | Unrenderable
  /** Values files that other repositories hold (Argo CD `$ref/…`), whatever becomes of `root`. */
  readonly valueSources: readonly ValueSource[]
  readonly destination: Destination
  /** Files that the source leaves out, as .gitignore rules from the repository's root: to the engine they are not there. */
  readonly ignoredFiles?: string
  /** Why a merge would not, or not at once, arrive. */
  readonly holds: readonly Hold[]
}

/** Why nothing is rendered, as one sentence. */
export interface Unrenderable {
  readonly problem: string
  /** Where it lies, as far as that is known. */
  readonly folder?: string
  /** The values that feed a chart which is not at hand: a target may be repaired in them, yet not proven. */
  readonly values?: readonly ValuesLayer[]
}

export interface ValueSource {
  readonly repositoryUrl: string
  readonly revision: WantedRevision
  readonly path: string
}

export interface Destination {
  /** Namespace of objects that carry none. */
  readonly namespace?: string
  /** Another cluster than the one the engine's object lives in: its server or name. */
  readonly cluster?: string
}

/**
 * What the engine follows. `branch` of Argo CD may be a tag of that name: its `targetRevision` does not tell them apart.
 * `reference` is any other Git reference, such as `refs/pull/7/head`; `HEAD` is the repository's default branch.
 */
export type WantedRevision =
  | { readonly kind: 'branch' | 'tag' | 'semver' | 'commit' | 'reference'; readonly name: string }
  | { readonly kind: 'HEAD' }
  | { readonly kind: 'unknown' }

export interface Hold {
  readonly reason: EngineHoldReason
  readonly sentence: string
  /** Only fields of some objects are concerned. Absent: everything of this source. */
  readonly only?: IgnoredFields
  /** Only changes of files below this folder are concerned. */
  readonly below?: string
  /** Only at certain times: the project's windows, as Argo CD writes them. */
  readonly windows?: readonly Json[]
}

/** Fields that the engine leaves alone. A selector that is absent fits everything. */
export interface IgnoredFields {
  readonly group?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  /** RFC 6901. Empty with other expressions (jq, managers) given: which fields is not known, it may be any. */
  readonly pointers: readonly string[]
}

/** The files of one repository at the revision looked at. Paths are from its root. */
export interface RepositoryTree {
  /** Any spelling; it is normalised before it is compared. */
  readonly repositoryUrl: string
  /** Every file, sorted. */
  paths(): readonly string[]
  /** What a YAML or JSON file says (its first document); undefined where it cannot be read. */
  json(path: string): Json | undefined
  /** The file as it is; undefined where it cannot be read or is no text. */
  text(path: string): string | undefined
}

export function isRenderable(root: Root | Unrenderable): root is Root {
  return !('problem' in root)
}
