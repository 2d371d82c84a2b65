import type { OllamaCallDeps } from './llm/ollama-call.ts'
import { type OllamaProposerSettings, ollamaProposer } from './llm/ollama-proposer.ts'
import { readPromptTemplates } from './llm/prompt-templates.ts'
import { PLAYBOOKS } from './playbooks/playbooks.ts'
import type { Proposer } from './proposer.ts'

/** Who is asked for a fix, as the configuration says it. */
export interface ProposerSettings {
  /** In the order in which they are asked. */
  readonly proposers: readonly ('playbooks' | 'ollama')[]
  readonly ollama: OllamaProposerSettings
}

/** The configured proposers, in their order. Reads the prompts; asks no model yet. */
export async function proposersOf(
  { proposers, ollama }: ProposerSettings,
  deps: OllamaCallDeps,
): Promise<readonly Proposer[]> {
  const model = proposers.includes('ollama')
    ? [ollamaProposer(ollama, await readPromptTemplates(), deps)]
    : []
  return proposers.flatMap((name) => (name === 'playbooks' ? PLAYBOOKS : model))
}
