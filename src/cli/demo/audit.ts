import { readFile } from 'node:fs/promises'
import { isObject, type JsonObject } from '#src/domain/json.ts'
import { OPERATOR_USER } from './operator-access.ts'

/** One write to a workload as the API server recorded it. */
export interface AuditedWrite {
  readonly verb: string
  readonly dryRun: boolean
  /** Path and query of the request. */
  readonly request: string
  readonly status: number
}

/** The operator's writes to Deployments since a moment (milliseconds since the epoch), oldest first. */
export async function operatorWrites(auditLog: string, since: number): Promise<readonly AuditedWrite[]> {
  const lines = (await readFile(auditLog, 'utf8')).split('\n').slice(0, -1) // the last one may still be written
  return lines
    .flatMap((line): JsonObject[] => {
      const entry: unknown = JSON.parse(line)
      return isObject(entry) ? [entry] : []
    })
    .filter((entry) => isWriteSince(entry, since))
    .map(({ verb, requestURI, responseStatus }) => {
      const request = String(requestURI)
      const status = isObject(responseStatus) ? Number(responseStatus['code']) : 0
      return { verb: String(verb), dryRun: request.includes('dryRun=All'), request, status }
    })
}

function isWriteSince(
  { user, verb, objectRef, requestReceivedTimestamp }: JsonObject,
  since: number,
): boolean {
  return (
    isObject(user) &&
    user['username'] === OPERATOR_USER &&
    isObject(objectRef) &&
    objectRef['resource'] === 'deployments' &&
    !['get', 'list', 'watch'].includes(String(verb)) &&
    Date.parse(String(requestReceivedTimestamp)) >= since
  )
}
