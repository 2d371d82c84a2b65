import { applyChanges, describeChange, type FieldChange } from '#src/domain/change.ts'
import type { Difference } from '#src/domain/difference.ts'
import { formatFieldPath, valueAt, whereItFits } from '#src/domain/field-path.ts'
import { isArray, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type Ground, type Proposal, refusals } from '#src/domain/proposal.ts'
import { containerPath, isWorkloadKind } from '#src/domain/target.ts'
import { isAllowed } from '#src/propose/allow-list.ts'
import { changeTo } from '#src/propose/answers.ts'
import { containerOf, imageOf } from '#src/propose/container-view.ts'
import { checkProposal } from '#src/propose/gates/run-gates.ts'
import { securityGate } from '#src/propose/gates/security.ts'
import { describeCommit, isRollback, lastChange } from '#src/propose/git-history.ts'
import { missingReferenceOf, nearestExisting, placesOf } from '#src/propose/missing-reference.ts'
import { PLAYBOOKS } from '#src/propose/playbooks/playbooks.ts'
import { lastUndo } from '#src/propose/playbooks/undo.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { provenRuns } from '#src/propose/proven-runs.ts'

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
 * Every set of changes that would pass the static gates, for a model to choose one: what the playbooks would do, images
 * that run, names that exist, and the last change undone; none of the latter where playbooks know that it must not be.
 * Where that change touched more than may be restored, only what the fault's message or the container's logs name is
 * offered: choosing among the rest would be a guess.
 */
export async function groundedChoices(incident: Incident): Promise<readonly Choice[]> {
  const all = [
    ...(await playbookChoices(incident)),
    ...imageChoices(incident),
    ...referenceChoices(incident),
    ...undoChoices(incident),
  ]
  const distinct = new Map(
    all.toReversed().map((choice) => [JSON.stringify([...choice.changes].sort(byField)), choice]),
  )
  return [...distinct]
    .toReversed()
    .filter(([text]) => text.length <= LARGEST_CHOICE)
    .map(([, choice]) => choice)
    .filter(({ changes }) => wouldPass(incident, changes))
    .slice(0, MAX_CHOICES)
    .map((choice, i) => ({ label: labelOf(choice.changes, i + 1), ...choice }))
}

function byField(a: FieldChange, b: FieldChange): number {
  return a.field < b.field ? -1 : a.field > b.field ? 1 : 0
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
  return answers.flatMap((answer) => {
    if (answer.kind === 'abstain') return []
    const { changes, grounds, summary } = answer.proposal
    return [{ changes, grounds, summary }]
  })
}

function imageChoices(incident: Incident): readonly Unlabelled[] {
  const { fault, target, rendered, history, snapshot } = incident
  const present = imageOf(containerOf(rendered, fault))
  const live = imageOf(containerOf(snapshot.workload, fault))
  if (fault.family !== 'image' || !isWorkloadKind(target.kind) || (live && live !== present)) return []
  const change = lastChange(history, (version) => imageOf(containerOf(version, fault)))
  if (change && (change.setBy.ours || isRollback(change.setBy))) return []
  const field = `${formatFieldPath(containerPath(target.kind, fault.role, fault.container))}.image`
  const running = provenRuns(snapshot, fault).flatMap(({ container, evidence }): Unlabelled[] => {
    const value = imageOf(container)
    if (value === undefined) return []
    return [one({ op: 'set', field, value }, 'replicaset', `${evidence}.`)]
  })
  const value = imageOf(containerOf(change?.before.rendered, fault))
  if (change === undefined || value === undefined || change.returned) return running
  const evidence = `It stood in this field until ${describeCommit(change.setBy)}.`
  return [...running, one({ op: 'set', field, value }, 'git', evidence)]
}

function referenceChoices(incident: Incident): readonly Unlabelled[] {
  const { fault, target, rendered, history } = incident
  const missing = missingReferenceOf(fault, target.namespace)
  if (missing === undefined) return []
  const nearest = nearestExisting(incident, missing)
  return placesOf(rendered, fault, missing).flatMap(({ path }): Unlabelled[] => {
    const field = formatFieldPath(path)
    const found: Unlabelled[] = []
    const change = lastChange(history, (version) => valueAt(asJson(version), path))
    if (change && (change.setBy.ours || isRollback(change.setBy))) return []
    const earlier = change?.before.rendered && valueAt(asJson(change.before.rendered), path)
    const exists = incident.references.some(({ kind, name }) => kind === missing.kind && name === earlier)
    if (change && typeof earlier === 'string' && (exists || missing.key !== undefined) && !change.returned) {
      const evidence = `It stood in this field until ${describeCommit(change.setBy)}.`
      found.push(one({ op: 'set', field, value: earlier }, 'git', evidence))
    }
    if (nearest.kind === 'found') {
      const evidence = `It is the one known name near ${missing.key ?? missing.name}.`
      found.push(one({ op: 'set', field, value: nearest.name }, 'reference', evidence))
    }
    return found
  })
}

function undoChoices(incident: Incident): readonly Unlabelled[] {
  const { fault, target } = incident
  const found = lastUndo(incident)
  if (typeof found === 'string') return []
  const allowed = found.undo.filter(({ path }) => isAllowed(path, target.kind, fault.family, fault))
  const wanted = found.unrelated.length === 0 ? allowed : allowed.filter((each) => isNamed(incident, each))
  const singles = wanted.map((difference) =>
    one(changeTo(difference), 'git', `It was like that until ${found.commit}.`),
  )
  if (singles.length <= 1) return singles
  const together = {
    changes: singles.flatMap(({ changes }) => changes),
    grounds: singles.flatMap(({ grounds }) => grounds),
  }
  // What a commit changed together is undone together; single parts only where it cannot be undone as a whole.
  return found.unrelated.length === 0 ? [together] : [together, ...singles]
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
