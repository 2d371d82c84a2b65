import type { ModelProvider } from '#src/domain/model-provider.ts'
import { Slots } from '#src/runtime/slots.ts'
import { type AnswerCache, AnswersInMemory } from './llm/answer-cache.ts'
import { claudeModel } from './llm/claude-model.ts'
import type { LanguageModel } from './llm/language-model.ts'
import { type BudgetLimits, ModelBudget } from './llm/model-budget.ts'
import { type ModelDeps, modelProposer } from './llm/model-proposer.ts'
import { ollamaModel } from './llm/ollama-model.ts'
import { openAiModel } from './llm/openai-model.ts'
import { readPromptTemplates } from './llm/prompt-templates.ts'
import { memoryProposer } from './memory/memory-proposer.ts'
import { PLAYBOOKS } from './playbooks/playbooks.ts'
import type { Proposer } from './proposer.ts'

interface AnyModelSettings {
  readonly url: string
  readonly model: string
  readonly timeout: number
  readonly retries: number
  readonly repairRounds: number
  readonly contextTokens: number
}

interface PaidModelSettings extends AnyModelSettings {
  readonly answerTokens: number
  /** US cents for a million tokens. */
  readonly promptPrice: number
  readonly answerPrice: number
  /** `*` stands for all. */
  readonly namespaces: readonly string[]
}

/** Who is asked for a fix, as the configuration says it. */
export interface ProposerSettings {
  /** In the order in which they are asked. */
  readonly proposers: readonly ('memory' | 'playbooks' | ModelProvider)[]
  readonly models: BudgetLimits & { readonly concurrency: number }
  readonly ollama: AnyModelSettings
  readonly openai: PaidModelSettings
  readonly claude: PaidModelSettings
}

export type ProposerDeps = Pick<ModelDeps, 'clock' | 'observe' | 'signal' | 'secrets' | 'types'> & {
  /** The key of a provider as it is now; undefined where none is configured. Throws CredentialsMissing. */
  readonly apiKey: (provider: ModelProvider) => Promise<string | undefined>
  /** Default: in memory. */
  readonly answers?: AnswerCache
}

/** Tokens of an answer of a model that does not think aloud: two sentences and a choice. */
const ANSWER_TOKENS = 400
const FREE = { prompt: 0, answer: 0 }

/** The configured proposers, in their order. Reads the prompts; asks no model yet. */
export async function proposersOf(
  settings: ProposerSettings,
  { apiKey, answers = new AnswersInMemory(), ...rest }: ProposerDeps,
): Promise<readonly Proposer[]> {
  const { proposers, models } = settings
  const deps: ModelDeps = {
    ...{ ...rest, answers, templates: await readPromptTemplates() },
    budget: new ModelBudget(models, rest.clock),
    slots: new Slots(models.concurrency),
  }
  return proposers.flatMap((name): readonly Proposer[] => {
    if (name === 'memory') return [memoryProposer]
    return name === 'playbooks' ? PLAYBOOKS : [modelOf(name, settings, apiKey, deps)]
  })
}

function modelOf(
  provider: ModelProvider,
  { ollama, openai, claude }: ProposerSettings,
  apiKey: ProposerDeps['apiKey'],
  deps: ModelDeps,
): Proposer {
  const key = () => apiKey(provider)
  switch (provider) {
    case 'ollama': {
      const own = { ...ollama, answerTokens: ANSWER_TOKENS, price: FREE, namespaces: 'all' } as const
      return modelProposer(ollamaModel(ollama), own, deps)
    }
    case 'openai':
      return paid(openAiModel({ ...openai, apiKey: key }), openai, deps)
    case 'claude':
      return paid(claudeModel({ ...claude, apiKey: key }), claude, deps)
  }
}

function paid(model: LanguageModel, settings: PaidModelSettings, deps: ModelDeps): Proposer {
  const { promptPrice, answerPrice, namespaces } = settings
  return modelProposer(
    model,
    {
      ...settings,
      price: { prompt: promptPrice, answer: answerPrice },
      namespaces: namespaces.includes('*') ? 'all' : namespaces,
    },
    deps,
  )
}
