import { isArray, isObject, type JsonObject } from './json.ts'
import { rfc3339 } from './time.ts'

/** What one condition says. */
export interface Verdict {
  readonly status: 'True' | 'False' | 'Unknown'
  /** CamelCase, for programs. */
  readonly reason: string
  /** For people. */
  readonly message: string
}

/** metav1.Condition allows this many characters. */
const LONGEST_MESSAGE = 32_768

/**
 * One metav1.Condition. `before` are those in the API server: what keeps its status keeps its lastTransitionTime.
 * `generation` is the spec that was looked at.
 */
export function conditionOf(
  type: string,
  { status, reason, message }: Verdict,
  before: unknown,
  generation: number | undefined,
  now: number,
): JsonObject {
  return {
    type,
    status,
    reason,
    message: message.slice(0, LONGEST_MESSAGE).toWellFormed(),
    lastTransitionTime: transitionTime(before, type, status) ?? rfc3339(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  }
}

/** The condition of that type in a status that anybody may have written. */
export function conditionIn(conditions: unknown, type: string): JsonObject | undefined {
  return isArray(conditions) ? conditions.filter(isObject).find((each) => each['type'] === type) : undefined
}

function transitionTime(before: unknown, type: string, status: string): string | undefined {
  const condition = conditionIn(before, type)
  const time = condition?.['lastTransitionTime']
  return condition?.['status'] === status && typeof time === 'string' ? time : undefined
}
