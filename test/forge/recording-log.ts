import type { Log, LogFields } from '#src/runtime/log.ts'

/** A log whose lines can be read: level, message and fields as JSON. */
export function recordingLog(): { readonly log: Log; readonly lines: readonly string[] } {
  const lines: string[] = []
  const withFields = (inherited: LogFields): Log => {
    const write = (level: string) => (message: string, fields?: LogFields) => {
      lines.push(JSON.stringify({ level, message, ...inherited, ...fields }))
    }
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      with: (fields) => withFields({ ...inherited, ...fields }),
    }
  }
  return { log: withFields({}), lines }
}
