/** Structured log. Fields carry identifiers and codes, never bodies, credentials or cluster text that was not redacted. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log whose every line carries these fields too. */
  with(fields: LogFields): Log
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>
