import type { FieldChange } from '#src/domain/change.ts'
import type { Applied, Approval, Hold, Outcome } from '#src/domain/remediation.ts'
import type { TargetRef } from '#src/domain/target.ts'

/** The one thing to do next. Every step is repeatable: a crash after any of its calls loses and doubles nothing. */
export type Step =
  /** Nothing will ever have to be done again. */
  | { readonly do: 'rest' }
  /** Look again after so long, or sooner on a change. */
  | { readonly do: 'wait'; readonly afterMs: number }
  /** Trace, propose, gates: ends with a stored plan. */
  | { readonly do: 'plan' }
  /** Branch, commit, pull request. */
  | { readonly do: 'publish' }
  /** spec.approved does not mirror the forge: set it. */
  | { readonly do: 'mirror'; readonly approved: boolean }
  | { readonly do: 'approve'; readonly approval: Approval }
  | { readonly do: 'hold'; readonly hold: Hold; readonly afterMs: number }
  /** Try the change out, ask its engine to look at Git, and wait for it. */
  | {
      readonly do: 'ask'
      readonly engines: readonly TargetRef[]
      readonly token: string
      readonly changes: readonly FieldChange[]
      readonly hold: Hold
      readonly afterMs: number
    }
  | { readonly do: 'apply'; readonly changes: readonly FieldChange[] }
  /** The change is live: remember how. */
  | { readonly do: 'record'; readonly applied: Applied }
  | { readonly do: 'recovered' }
  /** Close our pull request if it is open, delete our branch, and end the incident. */
  | { readonly do: 'end'; readonly outcome: Outcome }
  /** End the incident, and propose to take its merged change back. */
  | { readonly do: 'undo'; readonly outcome: Outcome }
