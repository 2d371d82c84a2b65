import type { Fault } from '#src/domain/fault.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { refusals } from '#src/domain/proposal.ts'
import { describePlace } from '#src/propose/answers.ts'
import { containerOf } from '#src/propose/container-view.ts'
import { type ContainerChange, lastContainerChange } from '#src/propose/git-history.ts'
import type { Incident, Refused } from '#src/propose/proposer.ts'
import type { Choice } from './choices.ts'
import type { Message } from './language-model.ts'
import type { PromptTemplates } from './prompt-templates.ts'
import { tokens } from './tokens.ts'

/** Parts of spec.evidence that tell most, in that order; what is left of the budget goes to the others. */
const TELLING = ['logs', 'events', 'pod', 'workload', 'revisions']

/** An earlier answer that a gate refused, as the model gave it. */
export interface RefusedChoice {
  readonly label: string
  readonly attempt: Refused
}

export interface Prompted {
  readonly incident: Incident
  readonly choices: readonly Choice[]
  readonly refused: readonly RefusedChoice[]
  /** What `evidenceOf` gave, redacted. */
  readonly evidence: JsonObject
}

/** How much of the budget one part of the evidence may take. */
const LARGEST_SHARE = 0.4

/**
 * The messages of one request. Everything that comes from a cluster or from Git stands inside a fence, as JSON whose
 * angle brackets and back-ticks are escaped, so that nothing in it can close the fence. All messages together stay
 * within `contextTokens` less `answerTokens`: evidence is cut, the most telling part last. Undefined where not even the
 * choices fit.
 */
export function promptMessages(
  templates: PromptTemplates,
  { incident, choices, refused, evidence }: Prompted,
  limits: { readonly contextTokens: number; readonly answerTokens: number },
): readonly Message[] | undefined {
  const repairs = refused.slice(-2).flatMap((attempt) => repairMessages(templates, attempt))
  const fields = {
    place: fenced(describePlace(incident)),
    reason: incident.fault.reason,
    choices: choices.map(choiceLine).join('\n'),
  }
  const fixed = [
    templates.system,
    fill(templates.user, { ...fields, evidence: '' }),
    ...repairs.map((it) => it.content),
  ]
  const budget = limits.contextTokens - limits.answerTokens
  const left = budget - fixed.reduce((total, text) => total + tokens(text), 0)
  if (left < 0) return undefined
  const user = fill(templates.user, { ...fields, evidence: boundedEvidence(evidence, left) })
  return [{ role: 'system', content: templates.system }, { role: 'user', content: user }, ...repairs]
}

/** Text as it may stand inside a fence: JSON with everything escaped that could end the fence or a code block. */
export function fenced(value: Json | undefined): string {
  return JSON.stringify(value ?? null).replace(
    /[<>&`\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function choiceLine({ label, grounds }: Choice): string {
  const why = [...new Set(grounds.map(({ evidence }) => evidence))].join(' ')
  return `${fenced(label)}: ${fenced(why.slice(0, 200))}`
}

/* Exactly the gates that refused, and what they said. */
function repairMessages(templates: PromptTemplates, { label, attempt }: RefusedChoice): readonly Message[] {
  const { rootCause, risk } = attempt.proposal
  const verdicts = refusals(attempt.verdicts)
    .map(({ gate, message }) => `${gate}: ${fenced(message.slice(0, 400))}`)
    .join('\n')
  return [
    { role: 'assistant', content: JSON.stringify({ reason: rootCause, change: label, risk }) },
    { role: 'user', content: fill(templates.repair, { verdicts }) },
  ]
}

/**
 * What a model may weigh, most telling first: the last change in Git and the container come first, they are short and
 * tell most of what the fault is about. Not redacted yet: manifests and their history hold what nobody scanned.
 */
export function evidenceOf({ fault, rendered, history, evidence }: Incident): JsonObject {
  const change = lastContainerChange(history, fault)
  const inGit = fault.container === '' ? (rendered['spec'] as Json | undefined) : containerOf(rendered, fault)
  const telling = TELLING.map((key): [string, Json | undefined] => [key, evidence[key]])
  return Object.fromEntries([
    ['message', fault.message],
    ...(change === undefined ? [] : [['lastChangeInGit', toldChange(change, fault)] as const]),
    [fault.container === '' ? 'objectInGit' : 'containerInGit', inGit],
    ...telling,
    ...Object.entries(evidence).filter(([key]) => !TELLING.includes(key)),
  ])
}

function toldChange({ setBy, before }: ContainerChange, fault: Fault): JsonObject {
  const { date, subject } = setBy
  return { date, subject: subject.slice(0, 200), before: containerOf(before.rendered, fault) }
}

function boundedEvidence(evidence: JsonObject, budget: number): string {
  const lines: string[] = []
  let left = budget
  for (const [name, value] of Object.entries(evidence)) {
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

function isEmpty(value: Json): boolean {
  return (
    value === '' ||
    (isArray(value) && value.length === 0) ||
    (isObject(value) && Object.keys(value).length === 0)
  )
}
