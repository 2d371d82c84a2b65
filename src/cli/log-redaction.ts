import type { Config } from '#src/config/config.ts'
import { redactPatterns } from '#src/evidence/secret-patterns.ts'

/** Shorter ones would blank out ordinary words. */
const SHORTEST = 4

/** For every text of the log: our own credentials from the environment, and whatever has the shape of a secret. */
export function logRedaction(config: Config, env: NodeJS.ProcessEnv): (text: string) => string {
  const names = [
    ...config.repositories.flatMap(({ credentials }) => credentials?.tokenEnv ?? []),
    ...config.manifestRepositories.tokenEnv,
    ...(config.webhook?.secrets.flatMap((ref) => ('env' in ref ? [ref.env] : [])) ?? []),
  ]
  const known = names.flatMap((name) => env[name] ?? []).filter(({ length }) => length >= SHORTEST)
  return (text) => redactPatterns(known.reduce((kept, secret) => kept.replaceAll(secret, '[redacted]'), text))
}
