import { simpleGit } from 'simple-git'
import { OperatorError } from '#src/domain/errors.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { loginFor, type MintToken } from './git-credentials.ts'
import { type Environment, type GitEnvironmentOptions, remoteEnvironment } from './git-environment.ts'
import { firstLine, redact, remoteError } from './git-errors.ts'
import type { RemoteUrl } from './remote-url.ts'

/** What the remote made of a push. `stale`: the branch is not where the lease says. */
export type PushResult = 'pushed' | 'stale'

/** Conversations with the one remote of a repository. Credentials are read for each. */
export interface GitRemote {
  /**
   * Fetches refspecs, pruning the local refs they govern. With `small blobs` what came new brings the contents that may
   * be manifests, which spares the conversation that would fetch them later; all others stay behind.
   */
  fetchRefs(refspecs: readonly string[], contents: 'no blobs' | 'small blobs'): Promise<void>
  /** Fetches exactly these objects in one go. */
  fetchObjects(ids: readonly string[]): Promise<void>
  /** Names of the remote's branches (`main`), at most those matching the pattern. */
  heads(pattern?: string): Promise<readonly string[]>
  /**
   * Moves a branch from exactly `expected` (undefined: it must not exist) to `commit` (undefined: deletes it).
   * PushRefused when the remote does not allow it.
   */
  push(branch: string, commit: string | undefined, expected: string | undefined): Promise<PushResult>
}

export interface GitRemoteOptions {
  readonly spec: Pick<RepositorySpec, 'name' | 'credentials' | 'caFile'>
  readonly remote: RemoteUrl
  readonly environment: GitEnvironmentOptions
  readonly mint?: MintToken
  /** Of one conversation, in milliseconds. */
  readonly timeLimit: number
  /** Ends the conversation under way, and lets none begin. */
  readonly stop?: AbortSignal | undefined
}

/** simple-git drops every GIT_* variable unless named here, and refuses the telling ones unless allowed one by one. */
const UNSAFE = {
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeAskPass: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeSshCommand: true,
} as const

interface Spoken {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export function gitRemote(options: GitRemoteOptions): GitRemote {
  const { spec, remote } = options
  const talk = (args: readonly string[], input?: string) => speak(options, args, input)
  const must = async (args: readonly string[], input?: string) => {
    const { spoken, secrets } = await talk(args, input)
    if (spoken.code !== 0) throw remoteError(spoken.stderr || spoken.stdout, spec.name, secrets)
    return spoken
  }
  return {
    async fetchRefs(refspecs, contents) {
      const filter = contents === 'no blobs' ? NO_BLOBS : SMALL_BLOBS
      // `--verbose`, because simple-git waits 50 ms longer for a command that printed nothing.
      await must([...FETCH, filter, '--prune', '--verbose', 'origin', ...refspecs])
    },
    async fetchObjects(ids) {
      // What git itself does for a missing object, for all of them at once.
      await must(
        [
          ...['-c', 'fetch.negotiationAlgorithm=noop'],
          ...[...FETCH, NO_BLOBS, '--no-write-fetch-head', '--verbose', '--stdin', 'origin'],
        ],
        `${ids.join('\n')}\n`,
      )
    },
    async heads(pattern) {
      const args = ['ls-remote', '--heads', remote.url, ...(pattern === undefined ? [] : [pattern])]
      const { stdout } = await must(args)
      return [...stdout.matchAll(/^[0-9a-f]+\trefs\/heads\/(.+)$/gm)].map(([, name]) => name ?? '')
    },
    async push(branch, commit, expected) {
      const ref = `refs/heads/${branch}`
      const { spoken, secrets } = await talk([
        ...['push', '--porcelain', '--no-verify', '--no-thin', '--recurse-submodules=no'],
        ...[`--force-with-lease=${ref}:${expected ?? ''}`, remote.url, `${commit ?? ''}:${ref}`],
      ])
      return pushResult(spoken, spec.name, secrets)
    },
  }
}

const FETCH = [
  ...['fetch', '--no-tags', '--no-recurse-submodules', '--no-auto-maintenance', '--no-show-forced-updates'],
] as const
const NO_BLOBS = '--filter=blob:none'
const SMALL_BLOBS = '--filter=blob:limit=65536'

/** Reads `git push --porcelain`: one line per ref, flag, TAB, refs, TAB, summary. */
function pushResult(spoken: Spoken, repository: string, secrets: readonly string[]): PushResult {
  const line = /^([ +\-*=!])\t[^\t]*\t(.*)$/m.exec(spoken.stdout)
  if (spoken.code === 0 && line?.[1] !== '!') return 'pushed'
  if (line === null) throw remoteError(spoken.stderr || spoken.stdout, repository, secrets)
  const reason = line[2] ?? ''
  if (
    /stale info|fetch first|non-fast-forward|already exists|cannot lock ref|failed to (lock|update)/.test(
      reason,
    )
  ) {
    return 'stale'
  }
  const said = /^remote: \S/m.test(spoken.stderr) ? firstLine(spoken.stderr) : reason
  throw new OperatorError('PushRefused', `the remote refused the push: ${redact(said, secrets)}`, {
    object: `repository ${repository}`,
  })
}

async function speak(
  options: GitRemoteOptions,
  args: readonly string[],
  input: string | undefined,
): Promise<{ spoken: Spoken; secrets: readonly string[] }> {
  const { spec, remote } = options
  const login = await loginFor(spec, remote, options.environment.inherited, options.mint)
  const settings = {
    'remote.origin.url': remote.url,
    ...login.settings,
  }
  const environment = remoteEnvironment(options.environment, remote.protocol, settings, login.variables)
  const secrets = Object.entries(login.variables)
    .filter(([name]) => name === 'AIOPS_GIT_TOKEN')
    .map(([, value]) => value)
  const { stop } = options
  const deadline = AbortSignal.any([AbortSignal.timeout(options.timeLimit), ...(stop ? [stop] : [])])
  const spoken = await Promise.race([
    runSimpleGit(options.environment.gitDir, environment, args, input, deadline),
    aborted(deadline),
  ]).catch((cause: unknown) => {
    if (stop?.aborted)
      throw new OperatorError('RepositoryClosed', 'git was stopped', { object: `repository ${spec.name}` })
    if (deadline.aborted) {
      const message = `no answer within ${Math.ceil(options.timeLimit / 1000)} s`
      throw new OperatorError('RepositoryUnreachable', message, { object: `repository ${spec.name}` })
    }
    throw new OperatorError('Internal', redact(String(cause), secrets))
  })
  return { spoken, secrets }
}

/**
 * simple-git ends a command by SIGINT to git alone, and waits for the transport's process too, which may live on until
 * its own limit (http.lowSpeedTime, ssh's ConnectTimeout and ServerAlive). We do not wait with it.
 */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** One simple-git instance per command: its environment and input belong to the instance. */
async function runSimpleGit(
  baseDir: string,
  environment: Environment,
  args: readonly string[],
  input: string | undefined,
  abort: AbortSignal,
): Promise<Spoken> {
  let spoken: Spoken = { code: -1, stdout: '', stderr: '' }
  const git = simpleGit({
    baseDir,
    abort,
    unsafe: UNSAFE,
    allowEnvironment: Object.keys(environment).filter((name) => name.startsWith('GIT_')),
    completion: { onClose: true, onExit: false },
    input: () => input ?? '',
    errors: (error, result) => {
      const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8')
      spoken = { code: result.exitCode, stdout: text(result.stdOut), stderr: text(result.stdErr) }
      // An exit code is ours to judge; a failed start or a passed deadline is an error.
      return result.exitCode > 0 && !abort.aborted ? undefined : error
    },
  })
  await git.env({ ...environment }).raw([...args])
  return spoken
}
