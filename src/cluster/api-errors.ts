import { type ErrorCode, OperatorError, type Retry } from '#src/domain/errors.ts'
import { isArray, isObject, type JsonObject } from '#src/domain/json.ts'
import { ApiStatusError, withoutLongQuotes } from './kube-api.ts'

/** Longer than any useful refusal; validation of a large object can answer with pages. */
const MESSAGE_LIMIT = 1000

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'ApiUnauthorized',
  403: 'ApiForbidden',
  404: 'ApiNotFound',
  408: 'ApiUnreachable',
  409: 'ApiConflict',
  410: 'ApiGone',
  429: 'ApiUnreachable',
}

/** A refusal by the API server: its own words, bounded, and the time it asked for where it did (Retry-After). */
export function refusal(
  status: number,
  body: JsonObject,
  about: string,
  retryAfterMs?: number,
): OperatorError {
  const cause = new ApiStatusError(status, body)
  const code =
    CODE_OF_STATUS[status] ?? (status >= 500 && !isOurFault(cause) ? 'ApiUnreachable' : 'ApiRejected')
  const retry: { retry?: Retry } = retryAfterMs === undefined ? {} : { retry: { afterMs: retryAfterMs } }
  return new OperatorError(code, `${intro(code, status)}: ${bounded(cause.message)}`, {
    object: about,
    cause,
    ...retry,
  })
}

/** A Status object inside a watch stream (`ERROR` event), as the same errors: a 410 there is an ApiGone too. */
export function refusalInStream(object: unknown, about: string): OperatorError {
  const body = isObject(object) ? object : {}
  const status = typeof body['code'] === 'number' ? body['code'] : 500
  return refusal(status, body, about)
}

/** What went wrong below HTTP: no address, no connection, no answer in time. Only the error's code is repeated. */
export function unreachable(server: string, error: unknown, about: string): OperatorError {
  return new OperatorError('ApiUnreachable', `no answer from the API server ${server} (${symptom(error)})`, {
    object: about,
    cause: error,
  })
}

/** The causes that the API server lists in a Status (`details.causes`): field, reason and message each. */
export function statusCauses(
  error: unknown,
): readonly { readonly field: string; readonly reason: string; readonly message: string }[] {
  const details = error instanceof ApiStatusError ? error.body['details'] : undefined
  const causes = isObject(details) ? details['causes'] : undefined
  if (!isArray(causes)) return []
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return causes.filter(isObject).map((each) => ({
    field: text(each['field']),
    reason: text(each['reason']),
    message: withoutLongQuotes(text(each['message'])),
  }))
}

/** `reason` of the API server's Status behind an OperatorError: AlreadyExists, Conflict, Invalid … */
export function statusReason(error: unknown): string | undefined {
  const cause = error instanceof OperatorError ? error.cause : undefined
  const reason = cause instanceof ApiStatusError ? cause.body['reason'] : undefined
  return typeof reason === 'string' ? reason : undefined
}

/**
 * Server-side apply of a field that the schema does not have is answered with a 500 without a reason (seen on 1.36:
 * "failed to create typed patch object (…): .foo: field not declared in schema"). Trying again cannot help.
 */
function isOurFault({ body, message }: ApiStatusError): boolean {
  return body['reason'] === undefined && message.startsWith('failed to create typed patch object')
}

function intro(code: ErrorCode, status: number): string {
  if (code === 'ApiUnauthorized') return 'the API server does not accept our credentials'
  if (code === 'ApiForbidden') return 'the API server does not allow it'
  if (code === 'ApiConflict') return 'somebody else changed it meanwhile'
  if (code === 'ApiUnreachable') return `the API server cannot answer now (HTTP ${status})`
  return `the API server refused it (HTTP ${status})`
}

function bounded(message: string): string {
  return message.length <= MESSAGE_LIMIT ? message : `${message.slice(0, MESSAGE_LIMIT)}…`
}

function symptom(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  const inner = error.cause instanceof Error ? error.cause : error
  const code: unknown = 'code' in inner ? inner.code : undefined
  if (inner.name === 'TimeoutError') return 'time-out'
  return typeof code === 'string' ? code : inner.name
}
