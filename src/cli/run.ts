import { loadConfig } from '#src/config/load-config.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { startOperator } from '#src/operator.ts'
import { pinoLog } from '#src/runtime/pino-log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { EXIT } from './exit-code.ts'
import { logRedaction } from './log-redaction.ts'
import { type Shell, untilStopped } from './shell.ts'

export interface RunOptions {
  /** The configuration file; without it there are variables, flags and defaults. */
  readonly config: string | undefined
  /** By flag name without dashes in front. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>
}

/** What is under way may take so long after a signal; a pod is given 30 s to end. Milliseconds. */
const GRACE = 25_000

/** The controller, until it is asked to stop. Throws OperatorError when it cannot start. */
export async function run({ config: path, flags }: RunOptions, shell: Shell): Promise<number> {
  const { env } = shell
  const config = await loadConfig({ env, flags, ...(path !== undefined && { path }) })
  const log = pinoLog({ level: config.log.level, redact: logRedaction(config, env) })
  const starting = startOperator({ config, log, env }).catch((error: unknown) => {
    throw startFailure(error) ?? error
  })
  const operator = await Promise.race([starting, untilStopped(shell.stop)])
  if (typeof operator === 'string') return EXIT.ok
  const signal = await Promise.race([untilStopped(shell.stop), operator.lost])
  if (signal === undefined) {
    log.error('another replica may work now; this process ends, to start clean')
    await operator.stop(0)
    return EXIT.failed
  }
  log.info('stopping', { signal })
  const stopped = operator.stop().then(() => true)
  if (await Promise.race([stopped, systemClock.sleep(GRACE).then(() => false)])) return EXIT.ok
  log.warn('gave up waiting for what was under way; it is taken up again at the next start', {
    afterMs: GRACE,
  })
  return EXIT.failed
}

/** Node's own errors of an address or a folder that cannot be used, in words. */
function startFailure(error: unknown): OperatorError | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined
  const { syscall, message, code } = error
  if (syscall === 'listen')
    return new OperatorError('ListenFailed', message.replace(/^listen /, ''), { cause: error })
  if (!('path' in error)) return undefined
  const sentence = `${String(error.path)} cannot be used as a folder for clones (${String(code)})`
  return new OperatorError('ConfigInvalid', sentence, { object: 'stateDir', cause: error })
}
