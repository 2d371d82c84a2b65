import { isEnded, type Remediation } from '#src/domain/remediation.ts'
import { factsOf } from '#src/domain/remediation-conditions.ts'
import type { Conversation, Remark } from '#src/forge/conversation.ts'
import type { Answer } from '#src/forge/text/answers.ts'
import { end } from '#src/reconcile/end.ts'
import type { Repository, World } from '#src/reconcile/world.ts'
import { type Command, commandIn } from './command.ts'
import type { OfPullRequest } from './repository-remediations.ts'

/** Up to where people were heard. */
export interface Heard {
  /** Of the forge's clock. Only moves when somebody says something, so that the same question has the same answer. */
  readonly since: number
  /** Comments after that which need nothing more. */
  readonly answered: ReadonlySet<string>
}

export interface Conversing {
  readonly world: World
  readonly repository: Repository
  readonly conversation: Conversation
  readonly remediations: OfPullRequest
}

/**
 * Does what people ask for, and answers each of them once: the answer carries the comment's number, so a crash between the
 * deed and the answer repeats a deed that is done already. Comments that were changed are not looked at: somebody else may
 * have changed them.
 */
export async function answerRemarks(talk: Conversing, heard: Heard): Promise<Heard> {
  const remarks = await talk.conversation.remarksSince(heard.since)
  for (const remark of remarks) {
    if (remark.bySelf || remark.isEdited || heard.answered.has(remark.id)) continue
    const command = commandIn(remark.body)
    if (command !== undefined) await obey(talk, remark, command)
  }
  const since = Math.max(heard.since, ...remarks.map(({ updated }) => updated))
  return { since, answered: new Set(remarks.map(({ id }) => id)) }
}

async function obey(talk: Conversing, remark: Remark, command: Command): Promise<void> {
  const concerned = await talk.remediations(remark.pullRequest)
  const [first] = concerned
  // Not one of ours, or of a Remediation that was deleted.
  if (first === undefined) return
  const { world, repository, conversation } = talk
  const answers: Answer[] = []
  if (command.do === 'unknown') answers.push({ kind: 'unknown', said: command.said })
  else if (!(await conversation.mayWrite(remark.author))) answers.push({ kind: 'forbidden' })
  else for (const each of concerned) answers.push(await done(talk, each, remark, command))
  const words = answers.map((answer, i) => world.texts.answer(concerned[i] ?? first, remark.author, answer))
  world.log.info('command in a comment', {
    repository: repository.spec.name,
    pullRequest: remark.pullRequest,
    author: remark.author,
    command: command.do,
    answer: answers[0]?.kind,
  })
  const { pullRequests } = repository
  await pullRequests.ensureComment(remark.pullRequest, `answer-${remark.id}`, words.join('\n\n'))
}

async function done(
  talk: Conversing,
  remediation: Remediation,
  remark: Remark,
  command: Exclude<Command, { do: 'unknown' }>,
): Promise<Answer> {
  switch (command.do) {
    case 'explain':
      return { kind: 'explained' }
    case 'retry':
      return retry(talk, remediation, remark, command.hint)
    case 'reject': {
      const why = command.reason === undefined ? '' : `: ${command.reason}`
      return reject(talk, remediation, `${remark.author} rejected it${why}`, undefined)
    }
    case 'snooze': {
      const until = talk.world.clock.now() + command.forMs
      return reject(talk, remediation, `${remark.author} snoozed it`, until)
    }
  }
}

/** The next attempt is another Remediation, made while the fault lasts. One that was rejected is no longer snoozed. */
async function retry(
  talk: Conversing,
  remediation: Remediation,
  { author }: Remark,
  hint: string | undefined,
): Promise<Answer> {
  const { world } = talk
  const { state } = remediation
  const answer = { kind: 'retried', hint: hint !== undefined } as const
  const said = hint !== undefined && { hint: await world.cluster.redact(hint) }
  if (state.phase === 'Rejected') {
    const now = world.clock.now()
    if (state.until === undefined || state.until > now) {
      const next: Remediation = { ...remediation, state: { ...state, until: now, ...said } }
      await world.remediations.write(remediation, next)
    }
    return answer
  }
  const isRetried = state.phase === 'Resolved' && state.reason === 'Retried'
  if (state.phase !== 'ReadyForReview' && !isRetried) return { kind: 'over' }
  if (!isRetried) {
    const message = `${author} asked for another attempt.`
    await end(world, remediation, { phase: 'Resolved', reason: 'Retried', message, ...said })
  }
  await tidyUp(talk, remediation)
  return answer
}

async function reject(
  talk: Conversing,
  remediation: Remediation,
  message: string,
  until: number | undefined,
): Promise<Answer> {
  const { state } = remediation
  if (state.phase !== 'ReadyForReview' && state.phase !== 'Rejected') return { kind: 'over' }
  if (!isEnded(remediation)) {
    const snooze = until !== undefined && { until }
    await end(talk.world, remediation, { phase: 'Rejected', reason: 'ClosedUnmerged', message, ...snooze })
  }
  await tidyUp(talk, remediation)
  return until === undefined ? { kind: 'rejected' } : { kind: 'snoozed', until }
}

/** After the end was written down: a pull request that is closed before that is a rejection by nobody, for no reason. */
async function tidyUp({ repository }: Conversing, { state }: Remediation): Promise<void> {
  const { plan, pullRequest } = factsOf(state)
  if (pullRequest) await repository.pullRequests.ensureClosed(pullRequest.id)
  if (plan === undefined) return
  await repository.manifests.fetch()
  await repository.manifests.deleteBranch(plan.branch)
}
