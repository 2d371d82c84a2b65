import type { FieldChange } from './change.ts'

/** Where a proposed value comes from. A value without a ground is never proposed. */
export interface Ground {
  readonly field: string
  /**
   * `replicaset` an available ReplicaSet or a ready pod runs it · `git` it stood in the manifest before · `reference` a
   * name found in Git or in other workloads · `cluster` other objects of the cluster show it · `registry` a tag that
   * exists · `bound` a step within what limits, quotas and nodes allow.
   */
  readonly kind: 'replicaset' | 'git' | 'reference' | 'cluster' | 'registry' | 'bound'
  /** One sentence for the reviewer: "ReplicaSet web-7c9f (2 of 2 available) runs it". */
  readonly evidence: string
}

export interface Proposal {
  /** `playbook/image`, `ollama` … */
  readonly proposer: string
  readonly model?: string
  readonly promptVersion?: string
  /** One line: the pull request's title is made of it. */
  readonly summary: string
  readonly rootCause: string
  readonly changes: readonly FieldChange[]
  readonly grounds: readonly Ground[]
  /** What could go wrong if this is merged, for the reviewer. */
  readonly risk: string
}

export const GATES = [
  'schema',
  'allow-list',
  'identity',
  'grounding',
  'memory',
  'security',
  'what-if',
  'render-diff',
  'dry-run',
] as const
export type GateName = (typeof GATES)[number]

export interface GateVerdict {
  readonly gate: GateName
  readonly verdict: 'passed' | 'refused'
  /** One sentence: what was checked, or what was found wrong and where. */
  readonly message: string
}

export function refusals(verdicts: readonly GateVerdict[]): readonly GateVerdict[] {
  return verdicts.filter(({ verdict }) => verdict === 'refused')
}

/** One splice of one file: what a reviewer sees as the diff's core. */
export interface Edit {
  readonly file: string
  /** 1-based line of the first changed line, in the file before the edit. */
  readonly line: number
  readonly field: string
}
