import { type DestinationStream, type Level, pino } from 'pino'
import type { Log, LogFields } from './log.ts'

export interface PinoLogOptions {
  readonly level: Level
  /** Applied to every message and every text field before it is written. */
  readonly redact: (text: string) => string
  /** Default: standard output. */
  readonly destination?: DestinationStream
}

/** One JSON object per line: level, RFC 3339 time, message and fields. */
export function pinoLog({ level, redact, destination }: PinoLogOptions): Log {
  const options = {
    level,
    base: null,
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  const sink = destination === undefined ? pino(options) : pino(options, destination)
  return withFields(sink, redact, {})
}

function withFields(sink: pino.Logger, redact: (text: string) => string, inherited: LogFields): Log {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) => {
    if (sink.isLevelEnabled(level))
      sink[level](redacted({ ...inherited, ...fields }, redact), redact(message))
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: (fields) => withFields(sink, redact, { ...inherited, ...fields }),
  }
}

function redacted(fields: LogFields, redact: (text: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
  )
}
