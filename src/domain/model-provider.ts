/** Who may run a language model: each has an adapter of its own, a section in the configuration and a metric label. */
export const MODEL_PROVIDERS = ['ollama', 'openai', 'claude'] as const
export type ModelProvider = (typeof MODEL_PROVIDERS)[number]

/** Tokens as the provider counts them. */
export interface TokenUse {
  readonly prompt: number
  readonly answer: number
}
