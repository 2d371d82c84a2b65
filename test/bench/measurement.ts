import type { Progress } from '#src/embedded/progress.ts'

export interface BenchOptions {
  /** How many incidents, or whatever a measurement repeats. */
  readonly repeats: number
  /** How many at once, where a measurement also looks at that. */
  readonly atOnce: number
  /** Adds what happened, when and for how long, during one repeat. */
  readonly timeline: boolean
  readonly progress: Progress
}

/** One kind of time, measured on both sides in the same run. Milliseconds. */
export interface Comparison {
  readonly what: string
  readonly floor: readonly number[]
  readonly product: readonly number[]
}

/** What one repeat took besides time: medians. */
export interface Effort {
  readonly what: string
  readonly floor: number
  readonly product: number
}

export interface Measured {
  readonly settings: Readonly<Record<string, string | number>>
  readonly comparisons: readonly Comparison[]
  readonly efforts: readonly Effort[]
  readonly timeline: readonly string[]
}

/** Something that `npm run bench -- --only NAME` runs: the product, and beside it the least that it could cost. */
export interface Measurement {
  readonly name: string
  readonly about: string
  measure(options: BenchOptions): Promise<Measured>
}
