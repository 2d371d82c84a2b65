import { OperatorError } from '#src/domain/errors.ts'
import type { Plan, Remediation, Timeline } from '#src/domain/remediation.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import type { CheckReport } from '#src/forge/checks.ts'
import { type Answer, answerText } from './answers.ts'
import { checkReports, type HeadVerdict } from './check-reports.ts'
import { closedComment, failedComment, recoveredComment, undoneComment, waitingComment } from './comments.ts'
import { commitMessage } from './commit-message.ts'
import { pullRequestBody } from './pull-request-body.ts'
import { titleOf } from './subject.ts'

/** Texts of templates/, mustache: `{{ }}` is made safe here, `{{{ }}}` was made safe before. */
export interface Templates {
  readonly pullRequest: string
  readonly commitMessage: string
  readonly recovered: string
  readonly failed: string
  readonly closed: string
  readonly undone: string
  readonly waiting: string
  readonly answer: string
}

/** Every word that people read on the forge. Pure: the same facts give the same text. */
export interface ForgeTexts {
  pullRequestTitle(remediation: Remediation): string
  /** `headSha`: the commit that was pushed, as the hidden state remembers it. */
  pullRequestBody(remediation: Remediation, headSha?: string): string
  commitMessage(remediation: Remediation): string
  closing(remediation: Remediation, reason: string): string
  recovered(remediation: Remediation, timeline: Timeline): string
  /** `undo`: a pull request that takes the change back follows. */
  failed(remediation: Remediation, message: string, undo?: 'undo'): string
  /** The change of another pull request is taken back. */
  undone(remediation: Remediation): string
  /** Merged, and why it is not live yet. */
  waiting(remediation: Remediation, message: string): string
  /** To whoever wrote a command in a comment. */
  answer(remediation: Remediation, author: string, answer: Answer): string
  checkReports(remediation: Remediation, verdict: HeadVerdict): readonly CheckReport[]
}

export interface TextOptions {
  readonly templates: Templates
  /** Those that are configured now. */
  readonly repositories: () => readonly RepositorySpec[]
  readonly clusterName?: string
}

export function forgeTexts({ templates, repositories, clusterName }: TextOptions): ForgeTexts {
  const repositoryOf = (plan: Plan): RepositorySpec => {
    const found = repositories().find(({ name }) => name === plan.source.repository)
    if (found) return found
    throw new OperatorError('RepositoryClosed', 'it is not configured any more', {
      object: `repository ${plan.source.repository}`,
    })
  }
  return {
    pullRequestTitle: (remediation) => titleOf(remediation, needPlan(remediation).proposal.summary),
    pullRequestBody(remediation, headSha) {
      const plan = needPlan(remediation)
      const repository = repositoryOf(plan)
      return pullRequestBody(templates.pullRequest, { remediation, plan, repository, headSha, clusterName })
    },
    commitMessage(remediation) {
      const plan = needPlan(remediation)
      return commitMessage(templates.commitMessage, remediation, plan, repositoryOf(plan))
    },
    closing: (remediation, reason) => closedComment(templates.closed, remediation, reason),
    recovered: (remediation, timeline) => recoveredComment(templates.recovered, remediation, timeline),
    failed: (remediation, message, undo) =>
      failedComment(templates.failed, remediation, planOf(remediation), { message, undo: undo === 'undo' }),
    undone: (remediation) => undoneComment(templates.undone, remediation),
    waiting: (remediation, message) => waitingComment(templates.waiting, remediation, message),
    answer: (remediation, author, answer) =>
      answerText(templates.answer, remediation, planOf(remediation), author, answer),
    checkReports,
  }
}

function planOf({ state }: Remediation): Plan | undefined {
  if ('plan' in state) return state.plan
  return 'ended' in state ? state.ended.plan : undefined
}

function needPlan(remediation: Remediation): Plan {
  const plan = planOf(remediation)
  if (plan) return plan
  throw new OperatorError('Internal', 'has no plan to write about', {
    object: `Remediation ${remediation.namespace}/${remediation.name}`,
  })
}
