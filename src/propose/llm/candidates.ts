import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import type { Difference } from '#src/domain/difference.ts'
import { formatFieldPath, valueAt } from '#src/domain/field-path.ts'
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
import { lastUndo } from '#src/propose/playbooks/undo.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { provenRuns } from '#src/propose/proven-runs.ts'

/** One change that a model may choose, with the reason why its value is right. */
export interface Candidate {
  readonly change: FieldChange
  readonly ground: Ground
}

/** More than these are not shown: a small model loses itself, and the last change of a container is rarely larger. */
const MAX_CANDIDATES = 12
/** Characters of a change as JSON: one that would fill a small model's window is left to people. */
const LARGEST_CHANGE = 1500

/**
 * Every change that would pass the static gates, for a model to choose from; none where playbooks know that the last
 * change must not be undone. Where that change touched more than may be restored, only what the fault's message or the
 * container's logs name is offered: choosing among the rest would be a guess.
 */
export function groundedCandidates(incident: Incident): readonly Candidate[] {
  const all = [...imageCandidates(incident), ...referenceCandidates(incident), ...undoCandidates(incident)]
  const distinct = new Map(all.map((candidate) => [JSON.stringify(candidate.change), candidate]))
  return [...distinct]
    .filter(([text]) => text.length <= LARGEST_CHANGE)
    .map(([, candidate]) => candidate)
    .filter(({ change }) => wouldPass(incident, change))
    .slice(0, MAX_CANDIDATES)
}

function wouldPass(incident: Incident, change: FieldChange): boolean {
  const proposal: Proposal = {
    proposer: 'candidate',
    summary: 'Candidate',
    rootCause: '',
    risk: '',
    grounds: [],
    changes: [change],
  }
  const after = applyChanges(asJson(incident.rendered), [change]) as unknown as KubeObject
  const verdicts = [...checkProposal(incident, proposal), securityGate(incident, incident.rendered, after)]
  return refusals(verdicts).length === 0
}

function imageCandidates(incident: Incident): readonly Candidate[] {
  const { fault, target, rendered, history, snapshot } = incident
  const present = imageOf(containerOf(rendered, fault))
  const live = imageOf(containerOf(snapshot.workload, fault))
  if (fault.family !== 'image' || !isWorkloadKind(target.kind) || (live && live !== present)) return []
  const change = lastChange(history, (version) => imageOf(containerOf(version, fault)))
  if (change && (change.setBy.ours || isRollback(change.setBy))) return []
  const field = `${formatFieldPath(containerPath(target.kind, fault.role, fault.container))}.image`
  const running = provenRuns(snapshot, fault).flatMap(({ container, evidence }): Candidate[] => {
    const value = imageOf(container)
    if (value === undefined) return []
    return [
      {
        change: { op: 'set', field, value },
        ground: { field, kind: 'replicaset', evidence: `${evidence}.` },
      },
    ]
  })
  const value = imageOf(containerOf(change?.before.rendered, fault))
  if (change === undefined || value === undefined || change.returned) return running
  const evidence = `It stood in this field until ${describeCommit(change.setBy)}.`
  return [...running, { change: { op: 'set', field, value }, ground: { field, kind: 'git', evidence } }]
}

function referenceCandidates(incident: Incident): readonly Candidate[] {
  const { fault, target, rendered, history } = incident
  const missing = missingReferenceOf(fault, target.namespace)
  if (missing === undefined) return []
  const nearest = nearestExisting(incident, missing)
  return placesOf(rendered, fault, missing).flatMap(({ path }): Candidate[] => {
    const field = formatFieldPath(path)
    const found: Candidate[] = []
    const change = lastChange(history, (version) => valueAt(asJson(version), path))
    if (change && (change.setBy.ours || isRollback(change.setBy))) return []
    const earlier = change?.before.rendered && valueAt(asJson(change.before.rendered), path)
    const exists = incident.references.some(({ kind, name }) => kind === missing.kind && name === earlier)
    if (change && typeof earlier === 'string' && (exists || missing.key !== undefined) && !change.returned) {
      const evidence = `It stood in this field until ${describeCommit(change.setBy)}.`
      found.push({ change: { op: 'set', field, value: earlier }, ground: { field, kind: 'git', evidence } })
    }
    if (nearest.kind === 'found') {
      const evidence = `It is the one known name near ${missing.key ?? missing.name}.`
      const change = { op: 'set', field, value: nearest.name } as const
      found.push({ change, ground: { field, kind: 'reference', evidence } })
    }
    return found
  })
}

function undoCandidates(incident: Incident): readonly Candidate[] {
  const { fault, target } = incident
  const found = lastUndo(incident)
  if (typeof found === 'string') return []
  return found.undo
    .filter(({ path }) => isAllowed(path, target.kind, fault.family, fault))
    .filter((difference) => found.unrelated.length === 0 || isNamed(incident, difference))
    .map((difference): Candidate => {
      const change = changeTo(difference)
      const evidence = `It was like that until ${found.commit}.`
      return { change, ground: { field: change.field, kind: 'git', evidence } }
    })
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
