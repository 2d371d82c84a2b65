import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { refusals } from '#src/domain/proposal.ts'
import { describeTarget } from '#src/domain/target.ts'
import { containerOf } from '#src/propose/container-view.ts'
import { lastContainerChange } from '#src/propose/git-history.ts'
import type { Incident, Refused } from '#src/propose/proposer.ts'
import type { Candidate } from './candidates.ts'
import type { PromptTemplates } from './prompt-templates.ts'

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** Parts of spec.evidence that tell most, in that order; what is left of the budget goes to the others. */
const TELLING = ['logs', 'events', 'pod', 'workload', 'revisions']

/**
 * Bytes of text per token, at worst: JSON and identifiers take more tokens than prose. Measured in UTF-8 bytes, so that
 * text in other scripts is not underrated.
 */
const BYTES_PER_TOKEN = 2.5
/** How much of the budget one part of the evidence may take. */
const LARGEST_SHARE = 0.4

/**
 * The messages of one request. Everything that comes from a cluster or from Git stands inside a fence, as JSON whose
 * angle brackets and back-ticks are escaped, so that nothing in it can close the fence. All messages together stay
 * within `contextTokens` less `answerTokens`; evidence is cut first, the most telling part last.
 */
export function promptMessages(
  templates: PromptTemplates,
  incident: Incident,
  candidates: readonly Candidate[],
  refused: readonly Refused[],
  limits: { readonly contextTokens: number; readonly answerTokens: number },
): readonly Message[] {
  const repairs = refused.slice(-2).flatMap((attempt) => repairMessages(templates, incident, attempt))
  const fields = {
    container: fenced(incident.fault.container),
    target: fenced(describeTarget(incident.target)),
    reason: incident.fault.reason,
    candidates: candidates.map(candidateLine).join('\n'),
  }
  const fixed = [
    templates.system,
    fill(templates.user, { ...fields, evidence: '' }),
    ...repairs.map((it) => it.content),
  ]
  const budget = Math.floor((limits.contextTokens - limits.answerTokens) * BYTES_PER_TOKEN)
  const left = budget - fixed.reduce((total, text) => total + bytes(text), 0)
  const user = fill(templates.user, { ...fields, evidence: boundedEvidence(incident, Math.max(0, left)) })
  return [{ role: 'system', content: templates.system }, { role: 'user', content: user }, ...repairs]
}

/** Text as it may stand inside a fence: JSON with everything escaped that could end the fence or a code block. */
export function fenced(value: Json | undefined): string {
  return JSON.stringify(value ?? null).replace(
    /[<>&`\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function candidateLine({ change, ground }: Candidate, index: number): string {
  const what =
    change.op === 'set'
      ? `set ${fenced(change.field)} to ${fenced(change.value)}`
      : `remove ${fenced(change.field)}`
  return `${index + 1}. ${what}. ${fenced(ground.evidence.slice(0, 200))}`
}

function repairMessages(
  templates: PromptTemplates,
  incident: Incident,
  refused: Refused,
): readonly Message[] {
  const { rootCause, risk } = refused.proposal
  const { container } = incident.fault
  const changes = refused.proposal.changes.map(({ op, field, ...rest }) => ({
    op,
    container,
    field,
    ...rest,
  }))
  const verdicts = refusals(refused.verdicts)
    .map(({ gate, message }) => `${gate}: ${fenced(message.slice(0, 400))}`)
    .join('\n')
  return [
    { role: 'assistant', content: JSON.stringify({ decision: 'propose', rootCause, risk, changes }) },
    { role: 'user', content: fill(templates.repair, { verdicts }) },
  ]
}

/* The last change in Git and the container come first: they are short, and tell most of what the fault is about. */
function boundedEvidence(incident: Incident, budget: number): string {
  const { fault, rendered, history, evidence } = incident
  const change = lastContainerChange(history, fault)
  const parts: [string, Json | undefined][] = [
    ['message', fault.message],
    [
      'lastChangeInGit',
      change && {
        date: change.setBy.date,
        subject: change.setBy.subject.slice(0, 200),
        before: containerOf(change.before.rendered, fault),
      },
    ],
    ['containerInGit', containerOf(rendered, fault)],
    ...TELLING.map((key): [string, Json | undefined] => [key, evidence[key]]),
    ...Object.entries(evidence).filter(([key]) => !TELLING.includes(key)),
  ]
  const lines: string[] = []
  let left = budget
  for (const [name, value] of parts) {
    if (value === undefined || isEmpty(value)) continue
    const room = Math.min(left, Math.max(200, Math.floor(budget * LARGEST_SHARE))) - bytes(name) - 3
    if (room < 40) break
    const line = `${fenced(name).slice(1, -1)}: ${cut(fenced(value), room, name === 'logs')}`
    lines.push(line)
    left -= bytes(line) + 1
  }
  return lines.join('\n')
}

/* Of logs the end tells most, of everything else the beginning. Fenced text is ASCII-safe to cut but for its letters. */
function cut(text: string, room: number, keepEnd: boolean): string {
  if (bytes(text) <= room) return text
  const letters = [...text]
  const perLetter = bytes(text) / letters.length
  let keep = Math.floor((room - 3) / perLetter)
  const slice = () => (keepEnd ? `…${letters.slice(-keep).join('')}` : `${letters.slice(0, keep).join('')}…`)
  while (keep > 0 && bytes(slice()) > room) keep = Math.floor(keep * 0.9)
  return keep > 0 ? slice() : ''
}

/* Values are put in as they are: a value that looks like a place holder is not filled again. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole)
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length
}

function isEmpty(value: Json): boolean {
  return (
    value === '' ||
    (isArray(value) && value.length === 0) ||
    (isObject(value) && Object.keys(value).length === 0)
  )
}
