import { appendFileSync } from 'node:fs'
import { logRedaction } from '#src/cli/log-redaction.ts'
import type { Config } from '#src/config/config.ts'
import { isObject } from '#src/domain/json.ts'
import type { Log } from '#src/runtime/log.ts'
import { pinoLog } from '#src/runtime/pino-log.ts'

/** The operator's log in a file, out of the way of the narration; its last complaints are kept for a failure. */
export interface OperatorLog {
  readonly log: Log
  readonly file: string
  complaints(): readonly string[]
}

const KEPT = 8
const COMPLAINTS: readonly unknown[] = ['warn', 'error']

export function openOperatorLog(config: Config, env: NodeJS.ProcessEnv, file: string): OperatorLog {
  const complaints: string[] = []
  const write = (line: string) => {
    appendFileSync(file, line)
    const entry: unknown = JSON.parse(line)
    if (isObject(entry) && COMPLAINTS.includes(entry['level'])) complaints.push(line.trim())
    if (complaints.length > KEPT) complaints.shift()
  }
  const log = pinoLog({ level: 'debug', redact: logRedaction(config, env), destination: { write } })
  return { log, file, complaints: () => [...complaints] }
}
