import type { Plan, Remediation } from '#src/domain/remediation.ts'
import { describeTarget } from '#src/domain/target.ts'
import { rfc3339 } from '#src/domain/time.ts'
import { code } from './markdown.ts'
import { renderMarkdown, type View } from './render.ts'

/** How a command in a comment is answered. */
export type Answer =
  | { readonly kind: 'retried'; readonly hint: boolean }
  | { readonly kind: 'rejected' | 'explained' | 'forbidden' | 'over' }
  | { readonly kind: 'snoozed'; readonly until: number }
  | { readonly kind: 'unknown'; readonly said: string }

/** Logins of GitHub (also `name[bot]`) and Gitea; anything else is shown and mentions nobody. */
const LOGIN = /^[A-Za-z0-9][\w.-]{0,63}$/

/** `author` is the only person who is ever mentioned: the one that is answered. */
export function answerText(
  template: string,
  remediation: Remediation,
  plan: Plan | undefined,
  author: string,
  answer: Answer,
): string {
  const { state } = remediation
  return renderMarkdown(template, {
    [answer.kind]: true,
    author: LOGIN.test(author) ? author : code(author),
    place: code(describeTarget(remediation.target)),
    phase: state.phase,
    until: answer.kind === 'snoozed' ? rfc3339(answer.until) : undefined,
    said: answer.kind === 'unknown' ? code(answer.said || 'an empty command', 100) : undefined,
    hint: answer.kind === 'retried' && answer.hint,
    message: remediation.fault.message,
    namespace: remediation.namespace,
    remediation: remediation.name,
    attempt: String(remediation.attempt),
    ...(answer.kind === 'explained' && plan && explanation(plan)),
  })
}

function explanation({ proposal, verdicts }: Plan): View {
  return {
    rootCause: proposal.rootCause,
    risk: proposal.risk,
    proposer: code(
      proposal.model === undefined ? proposal.proposer : `${proposal.proposer} (${proposal.model})`,
    ),
    grounds: proposal.grounds.map(({ field, evidence }) => ({ field: code(field), evidence })),
    gates: verdicts.map(({ gate, verdict, message }) => ({ gate, verdict, message })),
  }
}
