import type { Config } from '#src/config/config.ts'
import { apiKeyRef } from '#src/config/model-checks.ts'
import { readSecret } from '#src/config/read-secret.ts'
import type { Redactor } from '#src/evidence/redact.ts'
import type { ProposerDeps } from '#src/propose/open-proposers.ts'
import { holdsSecret } from './cluster-reader.ts'

/** What models may not see, and the keys that their providers ask for. */
export function modelSecrets(
  config: Config,
  env: NodeJS.ProcessEnv,
  redactor: Redactor,
): Pick<ProposerDeps, 'apiKey' | 'secrets'> {
  return {
    secrets: {
      redact: (value) => redactor.json(value),
      holdsSecret: (changes) => holdsSecret(redactor, changes),
    },
    apiKey: async (provider) => {
      const ref = provider === 'ollama' ? undefined : apiKeyRef(config[provider])
      return ref === undefined ? undefined : readSecret(ref, env)
    },
  }
}
