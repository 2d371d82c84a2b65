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

/** How much of the budget one part of the evidence may take. */
const LARGEST_SHARE = 0.4

/**
 * The messages of one request. Everything that comes from a cluster or from Git stands inside a fence, as JSON whose
 * angle brackets and back-ticks are escaped, so that nothing in it can close the fence. All messages together stay
 * within `contextTokens` less `answerTokens`: evidence is cut, the most telling part last. Undefined where not even the
 * candidates fit.
 */
export function promptMessages(
  templates: PromptTemplates,
  incident: Incident,
  candidates: readonly Candidate[],
  refused: readonly Refused[],
  limits: { readonly contextTokens: number; readonly answerTokens: number },
): readonly Message[] | undefined {
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
  const budget = limits.contextTokens - limits.answerTokens
  const left = budget - fixed.reduce((total, text) => total + tokens(text), 0)
  if (left < 0) return undefined
  const user = fill(templates.user, { ...fields, evidence: boundedEvidence(incident, left) })
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
    const room = Math.min(left, Math.max(100, Math.floor(budget * LARGEST_SHARE))) - tokens(name) - 3
    if (room < 20) break
    const line = `${fenced(name).slice(1, -1)}: ${cut(fenced(value), room, name === 'logs')}`
    lines.push(line)
    left -= tokens(line) + 1
  }
  return lines.join('\n')
}

/* Of logs the end tells most, of everything else the beginning. Fenced text is ASCII-safe to cut but for its letters. */
function cut(text: string, room: number, keepEnd: boolean): string {
  if (tokens(text) <= room) return text
  const letters = [...text]
  const perLetter = tokens(text) / letters.length
  let keep = Math.floor((room - 3) / perLetter)
  const slice = () => (keepEnd ? `…${letters.slice(-keep).join('')}` : `${letters.slice(0, keep).join('')}…`)
  while (keep > 0 && tokens(slice()) > room) keep = Math.floor(keep * 0.9)
  return keep > 0 ? slice() : ''
}

/* Values are put in as they are: a value that looks like a place holder is not filled again. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole)
}

/**
 * How many tokens a text has at most, without a tokenizer: digits and punctuation may be one each, letters come in
 * groups, other scripts may take one per byte. An upper bound on SmolLM2's counts for logs, identifiers, JSON and prose.
 */
export function tokens(text: string): number {
  let total = 0
  for (const letter of text) {
    if (/[A-Za-z]/.test(letter)) total += 0.4
    else if (letter === ' ') total += 0.3
    else total += letter < '\u0080' ? 1 : new TextEncoder().encode(letter).length
  }
  return Math.ceil(total)
}

function isEmpty(value: Json): boolean {
  return (
    value === '' ||
    (isArray(value) && value.length === 0) ||
    (isObject(value) && Object.keys(value).length === 0)
  )
}
