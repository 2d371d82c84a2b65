import { applyChanges, describeChange, type FieldChange } from '#src/domain/change.ts'
import type { Difference } from '#src/domain/difference.ts'
import { whereItFits } from '#src/domain/field-path.ts'
import { isArray, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type Ground, type Proposal, refusals } from '#src/domain/proposal.ts'
import { isAllowed } from '#src/propose/allow-list.ts'
import { changeTo } from '#src/propose/answers.ts'
import { checkProposal } from '#src/propose/gates/run-gates.ts'
import { securityGate } from '#src/propose/gates/security.ts'
import { PLAYBOOKS } from '#src/propose/playbooks/playbooks.ts'
import { lastUndo } from '#src/propose/playbooks/undo.ts'
import type { Incident } from '#src/propose/proposer.ts'

/** What a model may choose: changes that belong together, each with the reason why its value is right. */
export interface Choice {
  /** What the model says to choose it: a number and the changes in words. No two are the same. */
  readonly label: string
  readonly changes: readonly FieldChange[]
  readonly grounds: readonly Ground[]
  /** The title that a playbook gave it. */
  readonly summary?: string
}

type Unlabelled = Omit<Choice, 'label'>

/** More than these are not shown: a small model loses itself, and the last change of a container is rarely larger. */
const MAX_CHOICES = 12
/** Characters of the changes as JSON: what would fill a small model's window is left to people. */
const LARGEST_CHOICE = 3000
const LONGEST_LABEL = 160

/**
 * Every fix that would pass the static gates, for a model to choose one: what playbooks propose; where they know no
 * answer, the parts of the last change that the fault's message or the container's logs name. Nothing else: what a
 * playbook abstains from with a reason, no model may bring in by guessing.
 */
export async function groundedChoices(incident: Incident): Promise<readonly Choice[]> {
  const known = await playbookChoices(incident)
  return (known.length > 0 ? known : undoChoices(incident))
    .filter(({ changes }) => JSON.stringify(changes).length <= LARGEST_CHOICE)
    .filter(({ changes }) => wouldPass(incident, changes))
    .slice(0, MAX_CHOICES)
    .map((choice, i) => ({ label: labelOf(choice.changes, i + 1), ...choice }))
}

/* The path of the pod spec says nothing to a model, and costs it tokens. */
function labelOf(changes: readonly FieldChange[], number: number): string {
  const words = changes.map((change) =>
    describeChange(change).replace(/^spec\.(?:jobTemplate\.spec\.)?template\.spec\./, ''),
  )
  const text = `${number}. ${words.join('; ')}`
  return text.length <= LONGEST_LABEL ? text : `${text.slice(0, LONGEST_LABEL - 1).toWellFormed()}…`
}

function wouldPass(incident: Incident, changes: readonly FieldChange[]): boolean {
  const words = { proposer: 'choice', summary: 'Choice', rootCause: '', risk: '' }
  const proposal: Proposal = { ...words, grounds: [], changes }
  const after = whereItFits(() => applyChanges(asJson(incident.rendered), changes))
  if (after === undefined) return false
  const verdicts = [
    ...checkProposal(incident, proposal),
    securityGate(incident, incident.rendered, after as unknown as KubeObject),
  ]
  return refusals(verdicts).length === 0
}

async function playbookChoices(incident: Incident): Promise<readonly Unlabelled[]> {
  const asked = PLAYBOOKS.filter(({ families }) => families?.includes(incident.fault.family) ?? true)
  const answers = await Promise.all(asked.map((playbook) => playbook.propose(incident, [])))
  const proposed = answers.flatMap((answer) => (answer.kind === 'abstain' ? [] : [answer.proposal]))
  const distinct = new Map(proposed.map((each) => [JSON.stringify(each.changes), each]))
  return [...distinct.values()].map(({ changes, grounds, summary }) => ({ changes, grounds, summary }))
}

/* Where a commit changed more than may be restored, choosing among what nothing names would be a guess. */
function undoChoices(incident: Incident): readonly Unlabelled[] {
  const { fault, target } = incident
  const found = lastUndo(incident)
  if (typeof found === 'string' || found.unrelated.length === 0) return []
  const singles = found.undo
    .filter(({ path }) => isAllowed(path, target.kind, fault.family, fault))
    .filter((difference) => isNamed(incident, difference))
    .map((difference) => one(changeTo(difference), 'git', `It was like that until ${found.commit}.`))
  if (singles.length <= 1) return singles
  const together = {
    changes: singles.flatMap(({ changes }) => changes),
    grounds: singles.flatMap(({ grounds }) => grounds),
  }
  return [together, ...singles]
}

function one(change: FieldChange, kind: Ground['kind'], evidence: string): Unlabelled {
  return { changes: [change], grounds: [{ field: change.field, kind, evidence }] }
}

/* The kubelet's message or the container's own logs say the new value, or the name of the variable. */
function isNamed({ fault, evidence }: Incident, { path, before, after }: Difference): boolean {
  const said = `${fault.message}\n${JSON.stringify(evidence['logs'] ?? '')}`
  const variable = path.flatMap((segment) => ('by' in segment ? [segment.is] : [])).slice(1)
  const earlier = new Set(words(after))
  return [...variable, ...words(before).filter((word) => !earlier.has(word))].some(
    (word) => word.length >= 3 && said.includes(word),
  )
}

function words(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value]
  return isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
