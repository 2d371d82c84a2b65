import { posix } from 'node:path'
import type { RepositorySpec } from '#src/domain/repository.ts'
import type { Config } from './config.ts'
import type { Problem } from './problem.ts'

/**
 * What a ManifestRepository may not name as its credentials. Whoever may write one decides where they are sent, and the
 * operator can read more files and variables than those: only what the configuration sets apart for this counts.
 */
export function credentialProblems(
  { credentials }: RepositorySpec,
  { credentialsDir, tokenEnv }: Config['manifestRepositories'],
): readonly Problem[] {
  const { tokenEnv: named, ...places } = credentials ?? {}
  const { tokenFile, appKeyFile, sshKeyFile, knownHostsFile } = places
  const problem = (key: string, message: string): Problem => ({
    key: `spec.credentials.${key}`,
    where: undefined,
    message,
  })
  const files = Object.entries({ tokenFile, appKeyFile, sshKeyFile, knownHostsFile }).flatMap(
    ([key, file]) =>
      file === undefined || isBelow(file, credentialsDir)
        ? []
        : [problem(key, `expected a file below ${credentialsDir} (manifestRepositories.credentialsDir)`)],
  )
  if (named === undefined || tokenEnv.includes(named)) return files
  return [
    ...files,
    problem('tokenEnv', 'expected a variable that the configuration lists in manifestRepositories.tokenEnv'),
  ]
}

function isBelow(file: string, folder: string): boolean {
  const whole = posix.normalize(folder).replace(/\/$/, '')
  return posix.normalize(file).startsWith(`${whole}/`)
}
