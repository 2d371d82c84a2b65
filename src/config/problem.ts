/** One thing wrong with the configuration. Never carries a configured value: it could be a secret in the wrong place. */
export interface Problem {
  /** `repositories[0].forge.type`; empty for the file as a whole. */
  readonly key: string
  /** `line 12`, `variable OLLAMA_URL` or `flag --ollama-url`; undefined where nothing was given at all. */
  readonly where: string | undefined
  readonly message: string
}

export function formatProblem({ key, where, message }: Problem): string {
  return [where, key || undefined, message].filter((part) => part !== undefined).join(': ')
}

/** `repositories`, `0`, `url` → `repositories[0].url`. */
export function formatKey(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '')
}
