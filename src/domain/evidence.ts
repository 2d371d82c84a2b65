import type { KubeObject } from './kube-object.ts'

/** What the API server holds about a workload at one moment; Secrets are never part of it. */
export interface WorkloadSnapshot {
  readonly workload: KubeObject
  /** Pods whose controller chain ends at the workload. */
  readonly pods: readonly KubeObject[]
  /** ReplicaSets controlled by a Deployment, newest revision first. Empty for other kinds. */
  readonly replicaSets: readonly KubeObject[]
}

/** One earlier state of the target in Git, newest first in a history. */
export interface GitVersion {
  readonly commit: string
  readonly author: string
  /** RFC 3339. */
  readonly date: string
  readonly subject: string
  /** True when the commit carries our own trailer. */
  readonly ours: boolean
  /** The target as rendered from this commit; undefined where it did not exist or could not be rendered. */
  readonly rendered: KubeObject | undefined
}
