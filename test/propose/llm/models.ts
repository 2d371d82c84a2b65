import { holdsSecret } from '#src/cluster-reader.ts'
import type { ModelProvider } from '#src/domain/model-provider.ts'
import { createRedactor } from '#src/evidence/redact.ts'
import { AnswersInMemory } from '#src/propose/llm/answer-cache.ts'
import type { RequestSample } from '#src/propose/llm/ask-model.ts'
import { claudeModel } from '#src/propose/llm/claude-model.ts'
import type { LanguageModel } from '#src/propose/llm/language-model.ts'
import { ModelBudget } from '#src/propose/llm/model-budget.ts'
import type { ModelDeps, ModelSettings } from '#src/propose/llm/model-proposer.ts'
import { ollamaModel } from '#src/propose/llm/ollama-model.ts'
import { openAiModel } from '#src/propose/llm/openai-model.ts'
import { readPromptTemplates } from '#src/propose/llm/prompt-templates.ts'
import type { Clock } from '#src/runtime/clock.ts'
import { Slots } from '#src/runtime/slots.ts'

export const KEY = 'sk-canary-3f9a7c51d2'

/** The adapter of a provider, towards a server. */
export function modelOf(provider: ModelProvider, url: string, timeout = 10_000, model = 'm'): LanguageModel {
  const apiKey = async () => KEY
  switch (provider) {
    case 'ollama':
      return ollamaModel({ url, model, timeout, contextTokens: 4096 })
    case 'openai':
      return openAiModel({ url, model, timeout, apiKey })
    case 'claude':
      return claudeModel({ url, model, timeout, apiKey })
  }
}

export const SETTINGS: ModelSettings = {
  retries: 2,
  price: { prompt: 0, answer: 0 },
  repairRounds: 2,
  contextTokens: 4096,
  answerTokens: 400,
  namespaces: 'all',
}

const MUCH = 1e12
export const UNLIMITED = {
  tokensPerIncident: MUCH,
  tokensPerHour: MUCH,
  centsPerIncident: MUCH,
  centsPerHour: MUCH,
}

const redactor = createRedactor({ known: () => [KEY] })

/** Everything around a model with a clock that does not wait; what happened is in `pauses` and `samples`. */
export async function modelDeps(over: Partial<ModelDeps> = {}) {
  const pauses: number[] = []
  const samples: RequestSample[] = []
  const clock: Clock = {
    now: () => Date.parse('2026-01-10T08:00:00Z'),
    monotonic: () => 0,
    sleep: async (milliseconds) => void pauses.push(milliseconds),
  }
  const deps: ModelDeps = {
    clock,
    observe: (sample) => samples.push(sample),
    budget: new ModelBudget(UNLIMITED, clock),
    slots: new Slots(4),
    templates: await readPromptTemplates(),
    answers: new AnswersInMemory(),
    secrets: {
      redact: (value) => redactor.json(value),
      holdsSecret: (changes) => holdsSecret(redactor, changes),
    },
    ...over,
  }
  return { deps, pauses, samples }
}
