import { ApiStatusError } from '#src/cluster/kube-api.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { conflictsOf, type FieldConflict } from './managed-fields.ts'

/**
 * What a failed write means. `conflict`: other managers own fields. `stale`: the object is not the one that was read.
 * `denied`: 403, by authorization or by admission. `refused`: the API server or its admission will not have it.
 * `unexplained`: a 500 without a reason, which server-side apply also answers where a value does not fit the schema.
 */
export type Refusal =
  | { readonly kind: 'conflict'; readonly conflicts: readonly FieldConflict[] }
  | { readonly kind: 'stale' | 'gone' }
  | { readonly kind: 'denied' | 'refused' | 'unexplained'; readonly sentence: string }

/** Undefined for everything that is no answer about the object: it goes on as it is. */
export function refusalOf(error: unknown): Refusal | undefined {
  const status = error instanceof OperatorError ? error.cause : undefined
  if (!(status instanceof ApiStatusError)) return undefined
  switch (status.status) {
    case 403:
      return { kind: 'denied', sentence: sentenceOf(status) }
    case 404:
      return { kind: 'gone' }
    case 409: {
      const conflicts = conflictsOf(status.body)
      return conflicts.length > 0 ? { kind: 'conflict', conflicts } : { kind: 'stale' }
    }
    case 422:
      return isFailedTest(status) ? { kind: 'stale' } : { kind: 'refused', sentence: sentenceOf(status) }
    case 500:
      if (status.body['reason'] !== undefined) return undefined
      return { kind: 'unexplained', sentence: sentenceOf(status) }
    default: {
      const final = error instanceof OperatorError && error.code === 'ApiRejected'
      return final ? { kind: 'refused', sentence: sentenceOf(status) } : undefined
    }
  }
}

/** A JSON Patch whose `test` failed is a 422 without a word about any field (seen on 1.36). */
function isFailedTest({ body }: ApiStatusError): boolean {
  const details = body['details']
  return body['reason'] === 'Invalid' && (details === undefined || JSON.stringify(details) === '{}')
}

/** The API server's own sentence, bounded. */
function sentenceOf({ message }: ApiStatusError): string {
  const short = message.trim()
  return short.length > 500 ? `${short.slice(0, 500)}…` : short
}
