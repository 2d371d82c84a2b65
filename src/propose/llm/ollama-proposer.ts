import { OperatorError } from '#src/domain/errors.ts'
import type { Proposal } from '#src/domain/proposal.ts'
import { abstain, describePlace } from '#src/propose/answers.ts'
import type { Answer, Incident, Proposer, Refused } from '#src/propose/proposer.ts'
import { answerFormat, answerSchema, type ModelAnswer, parseAnswer } from './answer-schema.ts'
import { type Candidate, groundedCandidates } from './candidates.ts'
import { ANSWER_TOKENS, askOllama, type OllamaCallDeps, type OllamaSettings } from './ollama-call.ts'
import { type Message, promptMessages } from './prompt.ts'
import { PROMPT_VERSION, type PromptTemplates } from './prompt-templates.ts'

export interface OllamaProposerSettings extends OllamaSettings {
  readonly repairRounds: number
}

/** How often an answer that does not parse is asked for again. */
const INVALID_ANSWERS = 1
/** What asking again adds to the prompt: the beginning of the invalid answer, and a sentence. */
const REASK_TOKENS = 300

/**
 * A language model behind Ollama. It chooses among grounded changes and explains; it names no object, writes no value
 * and holds no tool. Where nothing is grounded it is not asked. Throws ModelUnreachable and ModelAnswerInvalid.
 */
export function ollamaProposer(
  settings: OllamaProposerSettings,
  templates: PromptTemplates,
  deps: OllamaCallDeps,
): Proposer {
  return {
    name: 'ollama',
    repairRounds: settings.repairRounds,
    propose: async (incident, refused) => {
      const candidates = untried(groundedCandidates(incident), refused)
      if (candidates.length === 0) {
        return abstain('No change is grounded in the cluster or in Git history, so the model was not asked.')
      }
      const answer = await ask(settings, templates, deps, { incident, candidates, refused })
      if (answer.decision === 'abstain') return abstain(`The model saw no fix: ${plain(answer.reason)}`)
      return answerOf(settings.model, incident, candidates, answer)
    },
  }
}

interface Question {
  readonly incident: Incident
  readonly candidates: readonly Candidate[]
  readonly refused: readonly Refused[]
}

async function ask(
  settings: OllamaProposerSettings,
  templates: PromptTemplates,
  deps: OllamaCallDeps,
  { incident, candidates, refused }: Question,
): Promise<ModelAnswer> {
  const schema = answerSchema(incident.fault.container, candidates)
  const limits = {
    contextTokens: settings.contextTokens,
    answerTokens: ANSWER_TOKENS + REASK_TOKENS,
  }
  const prompt = promptMessages(templates, incident, candidates, refused, limits)
  if (prompt === undefined)
    return { decision: 'abstain', reason: 'The changes do not fit into its context window.' }
  const messages: Message[] = [...prompt]
  for (let round = 0; round <= INVALID_ANSWERS; round++) {
    const text = await askOllama(settings, messages, answerFormat(schema), deps)
    const answer = parseAnswer(schema, text)
    if (answer !== undefined) return answer
    messages.push({ role: 'assistant', content: text.slice(0, 500) })
    messages.push({ role: 'user', content: templates.invalid })
  }
  throw new OperatorError('ModelAnswerInvalid', 'the answer was not a valid patch of the target', {
    object: `model ${settings.model}`,
  })
}

/* A candidate that was refused on its own would be refused again. */
function untried(candidates: readonly Candidate[], refused: readonly Refused[]): readonly Candidate[] {
  const alone = new Set(
    refused
      .filter(({ proposal }) => proposal.changes.length === 1)
      .map(({ proposal }) => JSON.stringify(proposal.changes[0])),
  )
  return candidates.filter(({ change }) => !alone.has(JSON.stringify(change)))
}

/* The title and the grounds are ours; of the model's words only two bounded sentences are kept. */
function answerOf(
  model: string,
  incident: Incident,
  candidates: readonly Candidate[],
  answer: Extract<ModelAnswer, { decision: 'propose' }>,
): Answer {
  const distinct = [...new Map(answer.changes.map((change) => [JSON.stringify(change), change])).values()]
  const chosen = new Set(distinct.map((change) => JSON.stringify(change)))
  const fields = distinct.map(({ field }) => field.slice(field.lastIndexOf('].') + 1).replace(/^\./, ''))
  const proposal: Proposal = {
    proposer: 'ollama',
    model,
    promptVersion: PROMPT_VERSION,
    summary: `Restore ${[...new Set(fields)].slice(0, 4).join(', ')} of ${describePlace(incident)}`,
    rootCause: plain(answer.rootCause),
    risk: plain(answer.risk),
    changes: distinct,
    grounds: candidates.filter((it) => chosen.has(JSON.stringify(it.change))).map(({ ground }) => ground),
  }
  return { kind: 'proposal', proposal }
}

/* One line without control or invisible characters, and not empty. */
function plain(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return line === '' ? 'The model gave no reason.' : line
}
