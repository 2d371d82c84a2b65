/** What both sides work on: a generated repository, and where things are. */
export interface Place {
  /** For all that a side leaves. */
  readonly folder: string
  /** The checkout that is pushed from, and read by the side of the checkout. */
  readonly tree: string
  readonly url: string
  readonly kustomize: string
  readonly helm: string
  readonly repeats: number
  readonly timeline: boolean
}
