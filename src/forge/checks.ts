export const CHECK_NAMES = ['aiops-operator/diff', 'aiops-operator/dry-run'] as const
export type CheckName = (typeof CHECK_NAMES)[number]

export interface CheckReport {
  readonly name: CheckName
  /** `neutral` lets a required check pass, and says that there was nothing to judge. */
  readonly conclusion: 'success' | 'neutral' | 'failure'
  /** One line. */
  readonly title: string
  /** Markdown, where the forge has a place for it. */
  readonly details: string
}

/** A commit that a required check has to report on. */
export interface OpenHead {
  readonly sha: string
  /** As `PullRequest.id`. */
  readonly pullRequest: string
  readonly branch: string
  /** Opened by our own identity from this repository. */
  readonly isOurs: boolean
}

/** Verdicts on commits. A forge where we may not report answers ForgeAuth. */
export interface Checks {
  /** Heads of all open pull requests into the base branch, and of those in its merge queue. */
  openHeads(): Promise<readonly OpenHead[]>
  /** Sets the report of this name on the commit, unless it stands there already. */
  ensureCheck(sha: string, report: CheckReport): Promise<void>
}
