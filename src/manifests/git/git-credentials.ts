import { access, readFile } from 'node:fs/promises'
import { devNull } from 'node:os'
import { OperatorError } from '#src/domain/errors.ts'
import type { CredentialsSpec, RepositorySpec } from '#src/domain/repository.ts'
import type { Environment } from './git-environment.ts'
import type { RemoteUrl } from './remote-url.ts'

/** What a git child needs beside the common environment to log in. Lives as long as one command. */
export interface Login {
  readonly settings: Environment
  readonly variables: Environment
}

const NONE: Login = { settings: {}, variables: {} }

/**
 * Answers git's question for a login from the child's own environment. The snippet is configuration that anybody may
 * read; the token stands only in the environment of the one git process and what that starts.
 */
const HELPER = `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' "$AIOPS_GIT_USERNAME" "$AIOPS_GIT_TOKEN"; }; f`

/** Gives the token as it is now, where it is minted instead of kept in a file or variable. */
export type MintToken = () => Promise<string>

/** docs.github.com "Authenticating as a GitHub App installation": Git takes its tokens under this name. */
const MINTED_USERNAME = 'x-access-token'

/**
 * The login for one git command, read from its file or variable anew each time, so that a rotated token is used at
 * once. The helper answers only for the configured URL: no other host is ever offered the token.
 * CredentialsMissing when the named file or variable is not there or empty; ConfigInvalid for ssh without pinned keys.
 */
export async function loginFor(
  spec: Pick<RepositorySpec, 'name' | 'credentials' | 'caFile'>,
  remote: RemoteUrl,
  inherited: NodeJS.ProcessEnv,
  mint?: MintToken,
): Promise<Login> {
  const { credentials, caFile } = spec
  if (remote.protocol === 'file') return NONE
  if (remote.protocol === 'ssh') return sshLogin(spec.name, credentials)
  const trust: Environment = caFile === undefined ? {} : { 'http.sslCAInfo': caFile }
  const token = await (mint?.() ?? readToken(spec.name, credentials, inherited))
  if (token === undefined) return { settings: trust, variables: {} }
  const username = credentials?.username ?? (mint ? MINTED_USERNAME : 'aiops-operator')
  return {
    settings: {
      ...trust,
      [`credential.${remote.url}.helper`]: HELPER,
      [`credential.${remote.url}.useHttpPath`]: 'true',
    },
    variables: { AIOPS_GIT_USERNAME: username, AIOPS_GIT_TOKEN: token },
  }
}

async function readToken(
  repository: string,
  credentials: CredentialsSpec | undefined,
  inherited: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const { tokenFile, tokenEnv } = credentials ?? {}
  if (tokenFile === undefined && tokenEnv === undefined) return undefined
  const where = tokenFile === undefined ? `environment variable ${tokenEnv}` : `file ${tokenFile}`
  const text =
    tokenFile === undefined
      ? inherited[tokenEnv ?? '']
      : await readFile(tokenFile, 'utf8').catch(() => undefined)
  const token = text?.trim()
  if (!token) throw missing(repository, `the token's ${where} is missing or empty`)
  if (/[\r\n\0]/.test(token)) throw missing(repository, `the token's ${where} holds more than one line`)
  return token
}

async function sshLogin(repository: string, credentials: CredentialsSpec | undefined): Promise<Login> {
  const { sshKeyFile, knownHostsFile } = credentials ?? {}
  if (sshKeyFile === undefined || knownHostsFile === undefined) {
    throw new OperatorError('ConfigInvalid', 'ssh needs both sshKeyFile and knownHostsFile', {
      object: `repository ${repository}`,
    })
  }
  for (const file of [sshKeyFile, knownHostsFile]) {
    await access(file).catch(() => {
      throw missing(repository, `the file ${file} is missing or cannot be read`)
    })
  }
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${sshConfigValue(knownHostsFile)}`,
    `GlobalKnownHostsFile=${devNull}`,
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=2',
    'ClearAllForwardings=yes',
    'PermitLocalCommand=no',
  ]
  const words = ['ssh', '-F', devNull, '-i', sshKeyFile, ...options.flatMap((option) => ['-o', option])]
  return { settings: {}, variables: { GIT_SSH_COMMAND: words.map(shellWord).join(' ') } }
}

/** ssh splits this value at blanks unless it is quoted, and expands % and ~. */
function sshConfigValue(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_./=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function missing(repository: string, why: string): OperatorError {
  return new OperatorError('CredentialsMissing', why, { object: `repository ${repository}` })
}
