import { open } from 'node:fs/promises'
import { OperatorError } from '#src/domain/errors.ts'
import type { CredentialsSpec } from '#src/domain/repository.ts'
import type { SecretRef } from './config.ts'

/** Keys and tokens are far smaller; what is larger is the wrong file. */
const LARGEST_SECRET = 64 * 1024

/**
 * The credential as it is now: a mounted Secret that was rotated counts from the next use on. One line end at the end
 * is not part of it. Throws CredentialsMissing, which names the place and never the content.
 */
export async function readSecret(
  ref: SecretRef,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const object = 'file' in ref ? `file ${ref.file}` : `variable ${ref.env}`
  const content = 'file' in ref ? await readSmallFile(ref.file, object) : env[ref.env]
  if (content === undefined) throw new OperatorError('CredentialsMissing', 'is not set', { object })
  const secret = content.replace(/\r?\n$/, '')
  if (secret === '') throw new OperatorError('CredentialsMissing', 'is empty', { object })
  return secret
}

/**
 * Those of several secrets that can be read now, at least one: while a secret is changed, the old or the new one may be
 * away. Throws the first one's CredentialsMissing when none is there.
 */
export async function readSecrets(
  refs: readonly SecretRef[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<readonly string[]> {
  const results = await Promise.allSettled(refs.map((ref) => readSecret(ref, env)))
  const secrets = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (secrets.length > 0) return secrets
  const [first] = results
  if (first?.status === 'rejected') throw first.reason
  throw new OperatorError('CredentialsMissing', 'no secret is configured')
}

/** Where the token of a repository is kept; undefined when none is configured. */
export function tokenRef(credentials: CredentialsSpec | undefined): SecretRef | undefined {
  if (credentials?.tokenFile !== undefined) return { file: credentials.tokenFile }
  return credentials?.tokenEnv === undefined ? undefined : { env: credentials.tokenEnv }
}

/** Where the private key of a repository's GitHub App is kept, if it has one. */
export function appKeyRef(credentials: CredentialsSpec | undefined): SecretRef | undefined {
  return credentials?.appKeyFile === undefined ? undefined : { file: credentials.appKeyFile }
}

async function readSmallFile(path: string, object: string): Promise<string> {
  try {
    await using file = await open(path)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(LARGEST_SECRET + 1), 0, LARGEST_SECRET + 1, 0)
    if (bytesRead <= LARGEST_SECRET) return buffer.toString('utf8', 0, bytesRead)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new OperatorError('CredentialsMissing', `cannot be read (${code})`, { object, cause })
  }
  throw new OperatorError('CredentialsMissing', `is larger than ${LARGEST_SECRET} bytes`, { object })
}
