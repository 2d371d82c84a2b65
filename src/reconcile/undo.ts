import type { FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { faultOf } from '#src/domain/fault.ts'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type Proposal, refusals } from '#src/domain/proposal.ts'
import { isEnded, type Plan, type PullRequestRef, type Remediation } from '#src/domain/remediation.ts'
import { factsOf } from '#src/domain/remediation-conditions.ts'
import { describeTarget, targetKey } from '#src/domain/target.ts'
import { mergedChange } from '#src/execute/merge-in-git.ts'
import type { MergedChange } from '#src/execute/merged-change.ts'
import { PROPOSAL_GATES } from '#src/propose/gates/run-gates.ts'
import { incidentOf } from './incident.ts'
import { judgeOf } from './judge.ts'
import { recent } from './look.ts'
import { type Planned, planned } from './plan.ts'
import { recentCommits } from './recent-commits.ts'
import { repositoryOf } from './repository-of.ts'
import { reviewOf } from './review.ts'
import type { Repository, World } from './world.ts'

/**
 * A merged change that is live and did not help is taken back the way it came: by a pull request, which needs a merge of
 * its own. It has a Remediation of its own, so that it is opened, reviewed, approved and applied like every other; as long
 * as that is under way, nothing else is proposed for the same fault. Find-or-create. False where there is nothing to take
 * back, or where a better change of the same fields is under way.
 */
export async function ensureUndo(world: World, remediation: Remediation): Promise<boolean> {
  const { target, namespace, name } = remediation
  const [snapshot, all] = await Promise.all([
    world.cluster.snapshot(target),
    world.remediations.list(namespace),
  ])
  if (snapshot === undefined || all.some((other) => isBetter(other, remediation))) return false
  const { reason, role, container, message } = remediation.fault
  // The field at fault has the content of the fix now: whoever changes it again makes this undoing needless.
  const fault = faultOf(snapshot.workload, target, { reason, role, container, message })
  const made = await world.remediations.create({
    name: `${name}-revert`,
    target,
    fault,
    evidence: await world.cluster.evidence(snapshot, fault, recentCommits(world, target)),
    detected: world.clock.now(),
    reverts: name,
  })
  world.log.info('fix did not help', { remediation: `${namespace}/${name}`, revert: made.name })
  return made.reverts === name
}

/** Another open incident of the same workload is about to change a field that this one changed. */
function isBetter(other: Remediation, { name, target, state }: Remediation): boolean {
  if (other.reverts === name || other.name === name || isEnded(other)) return false
  if (targetKey(other.target) !== targetKey(target)) return false
  const ours = new Set((factsOf(state).applied?.changes ?? []).map(({ field }) => field))
  return factsOf(other.state).plan?.proposal.changes.some(({ field }) => ours.has(field)) ?? false
}

/** The plan of such a Remediation: exactly the inverse of what was merged, through the same gates. */
export async function planUndo(world: World, remediation: Remediation, undone: string): Promise<Planned> {
  const { target, namespace } = remediation
  const original = await world.remediations.read(namespace, undone)
  const { plan, pullRequest } = original ? factsOf(original.state) : {}
  if (original === undefined || plan === undefined || pullRequest === undefined) {
    throw nothingToUndo(remediation, `Remediation ${undone} tells of no merged change`)
  }
  const snapshot = await world.cluster.snapshot(target)
  if (snapshot === undefined) {
    throw new OperatorError('TargetGone', 'it was deleted', { object: describeTarget(target) })
  }
  const repository = repositoryOf(world, plan.source)
  const { change, tip } = await changeAgain(world, repository, { ...original, plan, pullRequest })
  const traced = await repository.manifests.trace(target, tip)
  const { state: _, ...incident } = await incidentOf(world, repository, remediation, snapshot, traced)
  const proposal = proposalOf(change, { plan, pullRequest })
  // Whether the fault would be gone is not the question: it is there before and after.
  const judged = await judgeOf(world, repository, incident, traced, PROPOSAL_GATES)(proposal)
  const { verdicts } = judged
  if (!judged.accepted) {
    const [first] = refusals(verdicts)
    throw new OperatorError('GateRefused', `gate ${first?.gate}: ${first?.message}`, {
      object: describeTarget(target),
    })
  }
  const edit = { ...judged.value, diff: await world.cluster.redact(judged.value.diff) }
  const ground = { repository, remediation, traced, snapshot, marker: `undo of ${change.mergeCommit}` }
  return planned(world, ground, { proposal, verdicts, edit })
}

type Standing = Extract<MergedChange, { kind: 'apply' }> & { readonly mergeCommit: string }

/** What the merge changed, from the forge and from Git, as long as it stands; nothing that was recorded counts. */
async function changeAgain(
  world: World,
  repository: Repository,
  original: Remediation & { readonly plan: Plan; readonly pullRequest: PullRequestRef },
): Promise<{ readonly change: Standing; readonly tip: string }> {
  const { plan, target } = original
  const review = await reviewOf(world, original, original)
  if (review.state !== 'merged') throw nothingToUndo(original, 'its pull request is not merged')
  const { headSha, mergeCommit } = review.merge
  const tip = await repository.manifests.fetch(recent(world))
  const facts = { target, root: plan.source.root, headSha, mergeCommit, baseTip: tip }
  const change = await mergedChange(repository.manifests, facts)
  if (change.kind !== 'apply') throw nothingToUndo(original, change.message)
  if (change.changes.length === 0) throw nothingToUndo(original, 'the merge changed nothing of the target')
  return { change: { ...change, mergeCommit }, tip }
}

function proposalOf(
  { changes, before, mergeCommit }: Standing,
  { plan, pullRequest }: { readonly plan: Plan; readonly pullRequest: PullRequestRef },
): Proposal {
  const merged = mergeCommit.slice(0, 12)
  return {
    proposer: 'undo',
    summary: `take back "${plan.proposal.summary}", which did not help`,
    rootCause: `The change of ${pullRequest.url} was merged as ${merged} and went live, and the fault did not end.`,
    changes: changes.map(({ field }) => valueBefore(before, field)),
    grounds: changes.map(({ field }) => ({
      field,
      kind: 'git',
      evidence: `It stood in ${plan.source.baseBranch} until ${merged}.`,
    })),
    risk: 'The workload goes back to the state it was in before; the fault it had then comes with it.',
  }
}

function valueBefore(before: KubeObject, field: string): FieldChange {
  const value = valueAt(asJson(before), parseFieldPath(field))
  return value === undefined ? { op: 'remove', field } : { op: 'set', field, value }
}

function nothingToUndo({ namespace, name }: Remediation, why: string): OperatorError {
  return new OperatorError('NothingToUndo', why, { object: `Remediation ${namespace}/${name}` })
}
