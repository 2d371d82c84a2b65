import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'

/** What a pull request tells of spec.evidence: reasons, codes and counts; log lines only where the policy says so. */
export interface EvidenceExcerpt {
  /** The kubelet's message, redacted with the rest of the evidence. */
  readonly message: string | undefined
  readonly failingPods: number | undefined
  /** `exited with code 1 (Error), 7 restarts` */
  readonly exits: readonly string[]
  readonly events: readonly { readonly reason: string; readonly count: number }[]
  readonly logs: readonly { readonly title: string; readonly text: string }[]
}

const EVENT_REASONS = 8

/** Tolerant: evidence is cut to size before it is stored, so any part may be missing or of another shape. */
export function excerptOf(evidence: JsonObject, container: string): EvidenceExcerpt {
  const fault = objectAt(evidence['fault'])
  const pods = objectAt(evidence['failingPods'])['count']
  return {
    message: textAt(fault['message']),
    failingPods: typeof pods === 'number' && pods > 0 ? pods : undefined,
    exits: exitsOf(objectAt(evidence['pod']), container),
    events: eventReasons(evidence['events']),
    logs: logsOf(objectAt(evidence['logs'])),
  }
}

function exitsOf(pod: JsonObject, container: string): readonly string[] {
  const statuses = [...objectsAt(pod['initContainers']), ...objectsAt(pod['containers'])]
  return statuses
    .filter(({ name }) => name === container)
    .flatMap(({ state, lastState, restartCount }) => {
      const ended = [state, lastState].map((each) => objectAt(objectAt(each)['terminated']))
      const last = ended.find(({ exitCode }) => typeof exitCode === 'number')
      if (last === undefined) return []
      const reason = textAt(last['reason'])
      const signal = typeof last['signal'] === 'number' ? `, signal ${last['signal']}` : ''
      const restarts = typeof restartCount === 'number' ? `, ${plural(restartCount, 'restart')}` : ''
      return [`exited with code ${last['exitCode']}${signal}${reason ? ` (${reason})` : ''}${restarts}`]
    })
}

function eventReasons(events: Json | undefined): EvidenceExcerpt['events'] {
  const counts = new Map<string, number>()
  for (const event of objectsAt(events)) {
    const reason = textAt(event['reason'])
    const count = typeof event['count'] === 'number' ? event['count'] : 1
    if (reason !== undefined && event['type'] !== 'Normal')
      counts.set(reason, (counts.get(reason) ?? 0) + count)
  }
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, EVENT_REASONS)
}

function logsOf(logs: JsonObject): EvidenceExcerpt['logs'] {
  return (['previous', 'current'] as const).flatMap((which) => {
    const text = textAt(logs[which])
    return text === undefined
      ? []
      : [{ title: which === 'previous' ? 'the run before' : 'the present run', text }]
  })
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function textAt(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

function objectAt(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}

function objectsAt(value: Json | undefined): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : []
}
