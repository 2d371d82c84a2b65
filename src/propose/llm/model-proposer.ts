import type { FieldChange } from '#src/domain/change.ts'
import { asOperatorError, OperatorError } from '#src/domain/errors.ts'
import { parseFieldPath } from '#src/domain/field-path.ts'
import { isObject, type Json } from '#src/domain/json.ts'
import { mayHold, type ObjectType } from '#src/domain/object-type.ts'
import type { Proposal } from '#src/domain/proposal.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { abstain, describePlace } from '#src/propose/answers.ts'
import { rejectedBefore } from '#src/propose/memory/rejected.ts'
import { changesKey } from '#src/propose/memory/remembered.ts'
import type { Answer, Incident, Proposer, Refused } from '#src/propose/proposer.ts'
import { type AnswerCache, questionKey } from './answer-cache.ts'
import { answerSchema, type ModelAnswer, parseAnswer } from './answer-schema.ts'
import { type AskDeps, askModel, type Patience } from './ask-model.ts'
import { type Choice, groundedChoices } from './choices.ts'
import type { LanguageModel, Message } from './language-model.ts'
import { evidenceOf, promptMessages, type RefusedChoice } from './prompt.ts'
import { PROMPT_VERSION, type PromptTemplates } from './prompt-templates.ts'

export interface ModelSettings extends Patience {
  /** How many rounds of refusal the model may answer. */
  readonly repairRounds: number
  /** The prompt is cut to it; an answer's tokens count too. */
  readonly contextTokens: number
  readonly answerTokens: number
  /** Whose evidence may be sent to it. */
  readonly namespaces: readonly string[] | 'all'
}

export interface ModelDeps extends AskDeps {
  readonly templates: PromptTemplates
  readonly answers: AnswerCache
  readonly secrets: Secrets
  /** What the API server says the target's kind looks like, where it can be asked. */
  readonly types?: (target: TargetRef) => Promise<ObjectType | undefined>
}

/** Manifests and their history hold what nobody scanned: nothing secret goes to a model, nor is it offered to one. */
export interface Secrets {
  redact(value: Json): Promise<Json>
  /** True where one of the changes carries something that looks secret. */
  holdsSecret(changes: readonly FieldChange[]): Promise<boolean>
}

/** How often an answer that does not parse is asked for again. */
const INVALID_ANSWERS = 1
/** What asking again adds to the prompt: the beginning of the invalid answer, and a sentence. */
const REASK_TOKENS = 300

/**
 * A language model as a proposer. It chooses among grounded changes and explains; it names no object, writes no value
 * and holds no tool. Where nothing is grounded it is not asked. Throws ModelUnreachable, ModelBudgetSpent and
 * ModelAnswerInvalid.
 */
export function modelProposer(model: LanguageModel, settings: ModelSettings, deps: ModelDeps): Proposer {
  return {
    name: model.provider,
    repairRounds: settings.repairRounds,
    propose: async (incident, refused) => {
      const { namespaces } = settings
      const { namespace } = incident.target
      if (namespaces !== 'all' && !namespaces.includes(namespace))
        return abstain(
          `Evidence of namespace ${namespace} is not sent to this model: ${model.provider}.namespaces.`,
        )
      const all = await offered(incident, deps)
      const tried = new Set(refused.map(({ proposal }) => changesKey(proposal.changes)))
      const choices = all.filter(({ changes }) => !tried.has(changesKey(changes)))
      if (choices.length === 0)
        return abstain('No change is grounded in the cluster or in Git history, so the model was not asked.')
      const question = { incident, choices, refused: refused.flatMap((attempt) => labelled(attempt, all)) }
      const answer = await ask(model, settings, deps, question)
      if (typeof answer === 'string') return abstain(answer)
      if (answer.choice === undefined) return abstain(`The model saw no fix: ${plain(answer.reason)}`)
      return answerOf(model.provider, model.model, incident, answer, answer.choice)
    },
  }
}

interface Asked {
  readonly incident: Incident
  readonly choices: readonly Choice[]
  readonly refused: readonly RefusedChoice[]
}

/* The answer, or why there is none although the model could be asked. */
async function ask(
  model: LanguageModel,
  { contextTokens, answerTokens, ...patience }: ModelSettings,
  deps: ModelDeps,
  { incident, choices, refused }: Asked,
): Promise<ModelAnswer | string> {
  const limits = { contextTokens, answerTokens: answerTokens + REASK_TOKENS }
  const evidence = await deps.secrets.redact(evidenceOf(incident))
  const shown = { incident, choices, refused, evidence: isObject(evidence) ? evidence : {} }
  const prompt = promptMessages(deps.templates, shown, limits)
  if (prompt === undefined)
    return 'The changes to choose from do not fit into the context window of the model.'
  const { namespace } = incident.target
  const schema = answerSchema(choices)
  const place = { namespace, key: questionKey(model, { messages: prompt, schema, answerTokens }) }
  const kept = await deps.answers.get(place)
  const known = kept === undefined ? undefined : parseAnswer(choices, kept)
  if (known !== undefined) return known
  const messages: Message[] = [...prompt]
  for (let round = 0; round <= INVALID_ANSWERS; round++) {
    const question = { messages, schema, answerTokens }
    const reply = await asked(askModel(model, `${namespace}/${incident.fault.key}`, question, patience, deps))
    if (reply.ended === 'refused') return 'The model refused to answer.'
    const answer = reply.ended === 'whole' ? parseAnswer(choices, reply.text) : undefined
    if (answer !== undefined) {
      await deps.answers.put(place, reply.text)
      return answer
    }
    messages.push({ role: 'assistant', content: reply.text.slice(0, 500) || '…' })
    messages.push({ role: 'user', content: deps.templates.invalid })
  }
  throw new OperatorError('ModelAnswerInvalid', 'the answer was none of those that were asked for', {
    object: `model ${model.model}`,
  })
}

/* The grounded choices that the API server's types allow and that hold no secret. */
async function offered(incident: Incident, { secrets, types }: ModelDeps): Promise<readonly Choice[]> {
  const choices = await groundedChoices(incident)
  if (choices.length === 0) return []
  const type = await types?.(incident.target)
  const isPossible = ({ changes }: Choice) =>
    type === undefined ||
    changes.every((change) =>
      mayHold(type, parseFieldPath(change.field), change.op === 'set' ? change.value : undefined),
    )
  const possible = choices.filter(
    (choice) => isPossible(choice) && rejectedBefore(incident, choice.changes) === undefined,
  )
  const held = await Promise.all(possible.map(({ changes }) => secrets.holdsSecret(changes)))
  return possible.filter((_, i) => held[i] !== true)
}

/* Without its key a model is as far away as without its server. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (thrown) {
    const error = asOperatorError(thrown)
    if (error.code !== 'CredentialsMissing') throw thrown
    throw new OperatorError('ModelUnreachable', error.message, { cause: error })
  }
}

function labelled(attempt: Refused, choices: readonly Choice[]): readonly RefusedChoice[] {
  const choice = choices.find(({ changes }) => changesKey(changes) === changesKey(attempt.proposal.changes))
  return choice === undefined ? [] : [{ label: choice.label, attempt }]
}

/* The title and the grounds are ours; of the model's words only two bounded sentences are kept. */
function answerOf(
  proposer: string,
  model: string,
  incident: Incident,
  { reason, risk }: ModelAnswer,
  { changes, grounds, summary }: Choice,
): Answer {
  const fields = changes.map(({ field }) => field.slice(field.lastIndexOf('].') + 1).replace(/^\./, ''))
  const proposal: Proposal = {
    proposer,
    model,
    promptVersion: PROMPT_VERSION,
    summary:
      summary ?? `Restore ${[...new Set(fields)].slice(0, 4).join(', ')} of ${describePlace(incident)}`,
    rootCause: plain(reason),
    risk: plain(risk),
    changes,
    grounds,
  }
  return { kind: 'proposal', proposal }
}

/* One line without control or invisible characters, and not empty. */
function plain(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return line === '' ? 'The model gave no reason.' : line
}
