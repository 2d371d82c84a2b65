import type { Log, LogFields } from '#src/runtime/log.ts'

/** Keeps lines for assertions instead of printing them. */
export function memoryLog(lines: { readonly message: string; readonly fields: LogFields }[] = []): Log {
  const keep = (message: string, fields: LogFields = {}) => void lines.push({ message, fields })
  return { debug: keep, info: keep, warn: keep, error: keep, with: () => memoryLog(lines) }
}
