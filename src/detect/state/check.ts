import type { ClusterState } from '#src/domain/cluster-state.ts'
import { REASON_FAMILY, type Reason } from '#src/domain/fault.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { EvidenceRef, Severity, StateFinding } from '#src/domain/state-finding.ts'
import { type ContainerRole, describeTarget, type TargetRef, targetOf } from '#src/domain/target.ts'
import { createdAt } from './owners.ts'

/** What one check saw, before settle times and collapse. */
export interface Sighting extends StateFinding {
  /** Milliseconds since the epoch; undefined where nothing says since when: then it counts as settled. */
  readonly since: number | undefined
  /** Sightings of the same cause are one finding: `ConfigMap shop/web-settings`. */
  readonly cause: string
  /** A symptom is dropped where anything else is wrong with these objects. */
  readonly symptomOf: readonly TargetRef[]
}

/** A pure check over all objects of one group of kinds. */
export type StateCheck = (state: ClusterState, now: number) => readonly Sighting[]

export interface SightingParts {
  readonly reason: Reason
  readonly target: TargetRef
  readonly sentence: string
  readonly settleMs: number
  readonly severity?: Severity
  readonly role?: ContainerRole
  readonly container?: string
  readonly fields?: readonly string[]
  readonly message?: string
  readonly evidence?: readonly EvidenceRef[]
  readonly since?: number | undefined
  readonly cause?: string
  readonly family?: StateFinding['family']
  readonly symptomOf?: readonly TargetRef[]
}

export function sighting(parts: SightingParts): Sighting {
  const { reason, target, container = '', role = 'main', message = '' } = parts
  const family = parts.family ?? REASON_FAMILY[reason]
  return {
    reason,
    family,
    severity: parts.severity ?? 'critical',
    settleMs: parts.settleMs,
    sentence: parts.sentence,
    target,
    role,
    container,
    fields: parts.fields ?? [],
    message: cut(message),
    evidence: (parts.evidence ?? []).slice(0, MOST_EVIDENCE),
    affected: [],
    since: parts.since,
    cause:
      parts.cause ??
      `${target.kind} ${target.namespace}/${target.name} ${role} ${container} ${family} ${(parts.fields ?? []).join()}`,
    symptomOf: parts.symptomOf ?? [],
  }
}

/** What is wrong with one object that is no workload, said of the object itself. */
export interface Trouble {
  readonly reason: Reason
  /** Follows the object's name in a sentence. */
  readonly words: string
  readonly fields: readonly string[]
  readonly severity?: Severity
}

/** A trouble of an object that counts from its creation, after a minute. */
export function troubleSighting(
  object: KubeObject,
  { reason, words, fields, severity }: Trouble,
  cause?: string,
): Sighting {
  const target = targetOf(object)
  return sighting({
    reason,
    target,
    settleMs: 60 * SECOND,
    sentence: `${describeTarget(target)} ${words}.`,
    fields,
    evidence: [says(object, words)],
    since: createdAt(object) || undefined,
    ...(severity !== undefined && { severity }),
    ...(cause !== undefined && { cause }),
  })
}

const MOST_EVIDENCE = 10
const LONGEST_MESSAGE = 600
const LONGEST_TAIL = 250

export function says(object: KubeObject, text: string): EvidenceRef {
  const { kind, namespace, name } = targetOf(object)
  return { kind, namespace, name, says: cut(text) }
}

/* Wrapped errors name what was tried first and the cause last: both ends stay. */
function cut(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim()
  if (line.length <= LONGEST_MESSAGE) return line
  return `${line.slice(0, LONGEST_MESSAGE - LONGEST_TAIL - 1)}…${line.slice(-LONGEST_TAIL)}`
}

/** Seconds as settle times are written here. */
export const SECOND = 1_000
