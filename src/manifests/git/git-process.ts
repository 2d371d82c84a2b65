import { spawn } from 'node:child_process'
import { OperatorError } from '#src/domain/errors.ts'
import type { Environment } from './git-environment.ts'
import { firstLine } from './git-errors.ts'

export interface GitResult {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

export interface GitRunOptions {
  readonly input?: string | Uint8Array
  readonly environment?: Environment
  readonly cwd?: string
  /** Exit codes that are answers rather than failures. Default: 0 alone. */
  readonly accept?: readonly number[]
  /** Exit codes whose answer never changes, because the arguments name commits by full id. Default: none. */
  readonly lasting?: readonly number[]
}

/** A git child that only works on the store: bytes in, bytes out. */
export type LocalGit = (args: readonly string[], options?: GitRunOptions) => Promise<GitResult>

export interface LocalGitLimits {
  readonly timeLimit?: number
  /** Ends what runs, and lets nothing start any more. */
  readonly stop?: AbortSignal | undefined
}

const TIME_LIMIT_MS = 120_000
const OUTPUT_LIMIT = 256 * 2 ** 20
const STDERR_LIMIT = 8192

/**
 * Runs git on the store. Not by simple-git: objects are bytes, long lists go through standard input, exit codes are
 * answers and output needs a limit, none of which its tasks offer together.
 * `timeLimit` in milliseconds. Internal when git fails, RepositoryTooLarge when its answer is beyond the limit.
 */
export function localGit(
  environment: Environment,
  cwd: string,
  { timeLimit = TIME_LIMIT_MS, stop }: LocalGitLimits = {},
): LocalGit {
  return (args, options = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn('git', [...args], {
        cwd: options.cwd ?? cwd,
        env: { ...environment, ...options.environment },
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: timeLimit,
        killSignal: 'SIGKILL',
        ...(stop && { signal: stop }),
      })
      const chunks: Buffer[] = []
      let size = 0
      let stderr = ''
      child.stdout.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > OUTPUT_LIMIT) child.kill('SIGKILL')
        else chunks.push(chunk)
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (stderr.length < STDERR_LIMIT) stderr += text
      })
      child.once('error', (cause) =>
        reject(
          stop?.aborted
            ? new OperatorError('RepositoryClosed', `git ${args[0]} was stopped`)
            : new OperatorError('GitMissing', 'git cannot be started', { cause }),
        ),
      )
      child.once('close', (code) => {
        if (size > OUTPUT_LIMIT) {
          reject(
            new OperatorError(
              'RepositoryTooLarge',
              `git ${args[0]} answered more than ${OUTPUT_LIMIT} bytes`,
            ),
          )
        } else if (code !== null && (options.accept ?? [0]).includes(code)) {
          resolve({ code, stdout: Buffer.concat(chunks), stderr })
        } else {
          reject(new OperatorError('Internal', `git ${args[0]} failed: ${firstLine(stderr)}`))
        }
      })
      // A child that ends before it has read everything is judged by its exit code.
      child.stdin.on('error', () => {})
      child.stdin.end(options.input ?? '')
    })
}
