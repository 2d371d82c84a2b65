import type { Config } from '#src/config/config.ts'
import { apiKeyRef } from '#src/config/model-checks.ts'
import { appKeyRef, readSecret, tokenRef } from '#src/config/read-secret.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'

/**
 * The operator's own credentials as they are now, wherever they are kept: never to be told, whoever put them into a log,
 * an environment variable or a manifest. What cannot be read now cannot be told either.
 */
export async function knownSecrets(
  config: Config,
  repositories: readonly RepositorySpec[],
  env: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  const tokens = repositories
    .flatMap(({ credentials }) => [tokenRef(credentials), appKeyRef(credentials)])
    .filter((ref) => ref !== undefined)
  const keys = [config.openai, config.claude].flatMap((model) => apiKeyRef(model) ?? [])
  const refs = [...tokens, ...keys, ...(config.webhook?.secrets ?? [])]
  const read = await Promise.allSettled(refs.map((ref) => readSecret(ref, env)))
  return read.flatMap((each) => (each.status === 'fulfilled' ? [each.value.trim()] : []))
}
