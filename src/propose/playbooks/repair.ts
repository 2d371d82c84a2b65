import type { FieldChange } from '#src/domain/change.ts'
import type { Family } from '#src/domain/fault.ts'
import { type FieldPath, formatFieldPath, isWithin, parseFieldPath } from '#src/domain/field-path.ts'
import { isAllowed } from '#src/propose/allow-list.ts'
import { abstain, describePlace, type GroundedChange, propose } from '#src/propose/answers.ts'
import type { Derived } from '#src/propose/derive/derived.ts'
import { derivedChanges } from '#src/propose/derived-changes.ts'
import { type FieldUndo, fieldUndo, isLive } from '#src/propose/field-undo.ts'
import type { Answer, Incident, Proposer } from '#src/propose/proposer.ts'
import { whatIf } from '#src/propose/what-if.ts'

/** What is peculiar to one playbook of the fields at fault; the way it decides is the same for all. */
export interface Repair {
  readonly name: string
  readonly family: Family
  /** What is wrong, as the end of a sentence that begins with the object: `selects no pod`. */
  readonly trouble: (incident: Incident) => string
  readonly risk: string
  /** Which of the allowed fields may be led back; all of them by default. */
  readonly isWanted?: (path: FieldPath, incident: Incident) => boolean
  /** Why the change that Git shows must not be undone all the same. */
  readonly doubt?: (undo: FieldUndo, incident: Incident) => string | undefined
  /** Why nothing can be derived, where that can be said better than generally. */
  readonly whyNothing?: (incident: Incident) => string | undefined
}

/**
 * The last change in Git of the fields at fault is undone where the fault would be gone then; else the one value that
 * follows from other objects is set. What would not end the fault is never proposed; of several values none is.
 */
export function repairPlaybook(repair: Repair): Proposer {
  const proposer: Proposer = {
    name: `playbook/${repair.name}`,
    repairRounds: 0,
    families: [repair.family],
    propose: async (incident) => decide(repair, proposer.name, incident),
  }
  return proposer
}

function decide(repair: Repair, name: string, incident: Incident): Answer {
  const { fault, target } = incident
  if (fault.family !== repair.family) return abstain(`The fault is not one of family ${repair.family}.`)
  const isWanted = (path: FieldPath) =>
    isAllowed(path, target.kind, fault.family, fault) && (repair.isWanted?.(path, incident) ?? true)
  const undo = fieldUndo(incident, isWanted)
  const undone = typeof undo === 'string' ? undo : undoAnswer(repair, name, incident, undo)
  if (typeof undone !== 'string') return undone
  return derivedAnswer(repair, name, incident, undone)
}

function undoAnswer(repair: Repair, name: string, incident: Incident, undo: FieldUndo): Answer | string {
  const doubt = repair.doubt?.(undo, incident)
  if (doubt !== undefined) return doubt
  const changes = smallestCure(incident, undo.changes)
  if (changes === undefined) return `Undoing ${undo.commit} would not end the fault.`
  const fields = changes.map(({ field }) => shortField(field)).join(', ')
  const what = changes.length === 1 ? describeChanged(changes) : fields
  return propose(
    {
      proposer: name,
      summary: `Set ${what} of ${describePlace(incident)} back`,
      rootCause: `${capital(describePlace(incident))} ${repair.trouble(incident)} since ${undo.commit} changed ${fields}.`,
      risk: `What ${undo.commit} was meant to bring is left out until it is corrected. ${repair.risk}`,
    },
    changes.map((change): GroundedChange => {
      const was = change.op === 'remove' ? 'was not there' : 'had this value'
      return { change, grounds: [{ kind: 'git', evidence: `It ${was} until ${undo.commit}.` }] }
    }),
  )
}

/* The one step that is enough, else all of them; where objects cannot tell, all of them. */
function smallestCure(
  incident: Incident,
  changes: readonly FieldChange[],
): readonly FieldChange[] | undefined {
  for (const step of stepsOf(changes)) {
    if (whatIf(incident, step) === 'cured') return step
  }
  return whatIf(incident, changes) === 'remains' ? undefined : changes
}

/*
 * What was replaced goes back as one: a field that came where its sibling went (`minAvailable` for `maxUnavailable`,
 * required for preferred affinity) leaves nothing behind when it alone is removed.
 */
function stepsOf(changes: readonly FieldChange[]): readonly (readonly FieldChange[])[] {
  const bySibling = Map.groupBy(changes, ({ field }) => formatFieldPath(parseFieldPath(field).slice(0, -1)))
  return [...bySibling.values()].flatMap((siblings) =>
    new Set(siblings.map(({ op }) => op)).size > 1 ? [siblings] : siblings.map((change) => [change]),
  )
}

function derivedAnswer(repair: Repair, name: string, incident: Incident, otherwise: string): Answer {
  const { target, fault } = incident
  const all = derivedChanges(incident).filter(
    ({ changes }) =>
      changes.every(({ field }) => isAllowed(parseFieldPath(field), target.kind, fault.family, fault)) &&
      whatIf(incident, changes) !== 'remains',
  )
  const drifted = all
    .flatMap(({ changes }) => changes)
    .find(({ field }) => !isLive(incident.rendered, incident.snapshot.workload, parseFieldPath(field)))
  if (drifted !== undefined) return abstain(`The cluster does not have what Git says at ${drifted.field}.`)
  const distinct = new Map(all.map((derived) => [JSON.stringify(derived.changes), derived]))
  const [only, ...more] = [...distinct.values()]
  if (only === undefined) {
    return abstain([otherwise, repair.whyNothing?.(incident) ?? NOTHING].join(' '))
  }
  if (more.length > 0) {
    const choices = [only, ...more].map(({ changes }) => describeChanged(changes))
    return abstain(`${otherwise} Several values would end the fault: ${choices.slice(0, 5).join('; ')}.`)
  }
  return propose(
    {
      proposer: name,
      summary: `Set ${describeChanged(only.changes)} of ${describePlace(incident)}`,
      rootCause: `${capital(describePlace(incident))} ${repair.trouble(incident)}.`,
      risk: repair.risk,
    },
    only.changes.map((change) => ({ change, grounds: [{ kind: only.kind, evidence: only.evidence }] })),
  )
}

const NOTHING = 'No other object of the cluster tells what was meant.'

/** Whether a path lies at or below one of the fields that the finding names, or above it. */
export function isNamedField(path: FieldPath, { fields, fault }: Incident): boolean {
  return (fields ?? [fault.field]).some((field) => {
    if (field === '') return false
    const named = parseFieldPath(field)
    return isWithin(path, named) || isWithin(named, path)
  })
}

function describeChanged(changes: Derived['changes']): string {
  return changes
    .map((change) =>
      change.op === 'remove'
        ? `${shortField(change.field)} (removed)`
        : `${shortField(change.field)} to ${short(JSON.stringify(change.value))}`,
    )
    .join(', ')
}

/* The part of the path that a reviewer needs beside the name of the object. */
function shortField(field: string): string {
  return field
    .replace(/^spec\.(?:jobTemplate\.spec\.)?template\.spec\./, '')
    .replace(/^(?:init)?[cC]ontainers\[name=[^\]]*\]\.?/, '')
}

function short(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
