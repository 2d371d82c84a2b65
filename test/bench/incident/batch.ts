import type { Remediation } from '#src/domain/remediation.ts'

/** What a batch of incidents took, each side by the same definition. Milliseconds and moments of performance.now(). */
export interface Batch {
  readonly opened: readonly number[]
  readonly applied: readonly number[]
  /** From the first incident's start until the last one's end. */
  readonly openSpan: readonly [number, number]
  readonly applySpan: readonly [number, number]
}

/** One of the two that are compared. */
export interface Side {
  /** Breaks these workloads at once, and sees them through. */
  run(names: readonly string[]): Promise<Batch>
  close(): Promise<void>
}

/** A Remediation as the product left it: the floor writes bodies of the same size. */
export type Model = Remediation
