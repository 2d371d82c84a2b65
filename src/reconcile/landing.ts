import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { refusals } from '#src/domain/proposal.ts'
import type { Approval, Remediation, RemediationState } from '#src/domain/remediation.ts'
import type { ApprovalFacts } from '#src/execute/approval.ts'
import { mergedChange } from '#src/execute/merge-in-git.ts'
import type { MergedChange } from '#src/execute/merged-change.ts'
import { checkMerged } from '#src/propose/gates/run-gates.ts'
import { applierOf } from './applier.ts'
import { incidentOf } from './incident.ts'
import type { Applier, MergedState } from './observation.ts'
import { repositoryOf } from './repository-of.ts'
import type { World } from './world.ts'

type Landing = Extract<RemediationState, { phase: 'ReadyForReview' | 'Approved' | 'Applied' }>

/** What Git says of the merge at the tip of the base branch now. */
export async function changeInGit(
  world: World,
  { target }: Remediation,
  state: Landing,
  merge: ApprovalFacts,
): Promise<MergedChange> {
  const { manifests } = repositoryOf(world, state.plan.source)
  const baseTip = await manifests.fetch(world.asOf)
  const { headSha, mergeCommit } = merge
  return mergedChange(manifests, { target, root: state.plan.source.root, headSha, mergeCommit, baseTip })
}

/** What a verified merge approves; or why it approves nothing. */
export async function approvalOf(
  world: World,
  remediation: Remediation,
  state: Extract<Landing, { phase: 'ReadyForReview' }>,
  merge: ApprovalFacts,
): Promise<Approval | Exclude<MergedState, { state: 'stands' }>> {
  const change = await changeInGit(world, remediation, state, merge)
  if (change.kind !== 'apply') return notApplied(change)
  const { repositoryId, pullRequest, mergeCommit, mergedBy } = merge
  return { repositoryId, pullRequest, mergeCommit, mergedBy, renderedDigest: change.renderedDigest }
}

/** The merged change with the gates run again on it, and who has to make it live. */
export async function landing(
  world: World,
  remediation: Remediation,
  state: Extract<RemediationState, { phase: 'Approved' | 'Applied' }>,
  merge: ApprovalFacts,
  snapshot: WorkloadSnapshot | undefined,
): Promise<{ readonly merged: MergedState; readonly applier: Applier | undefined }> {
  const change = await changeInGit(world, remediation, state, merge)
  if (change.kind !== 'apply') return { merged: notApplied(change), applier: undefined }
  const bound =
    state.approval.mergeCommit === merge.mergeCommit &&
    state.approval.renderedDigest === change.renderedDigest
  if (!bound) {
    const message = 'The merge is not the one that was approved: its commit or what it renders has changed.'
    return { merged: { state: 'hold', hold: { reason: 'MergeUnreachable', message } }, applier: undefined }
  }
  const { changes } = change
  const repository = repositoryOf(world, state.plan.source)
  const applier =
    snapshot &&
    (await applierOf(world, repository, remediation, {
      live: snapshot.workload,
      changes,
      commit: merge.mergeCommit,
    }))
  // What is live needs no gate any more, and what others apply is theirs to judge.
  const refused =
    snapshot && applier?.kind === 'us'
      ? await refusalOf(world, remediation, state, merge, change, snapshot)
      : undefined
  return { merged: { state: 'stands', changes, refused }, applier }
}

function notApplied(
  change: Exclude<MergedChange, { kind: 'apply' }>,
): Exclude<MergedState, { state: 'stands' }> {
  switch (change.kind) {
    case 'reverted':
      return { state: 'reverted', message: change.message }
    case 'superseded':
    case 'gone':
      return { state: 'superseded', message: change.message }
    case 'hold':
      return { state: 'hold', hold: { reason: 'MergeUnreachable', message: change.message } }
  }
}

/** The hard gates on what was merged. */
async function refusalOf(
  world: World,
  remediation: Remediation,
  { plan }: Landing,
  merge: ApprovalFacts,
  { before, after }: Extract<MergedChange, { kind: 'apply' }>,
  snapshot: WorkloadSnapshot,
): Promise<string | undefined> {
  const { target, fault } = remediation
  const { family, role, container } = fault
  const repository = repositoryOf(world, plan.source)
  // As things stood when the fix was made: afterwards Git itself would ground whatever was merged.
  const traced = await repository.manifests.trace(target, plan.source.revision)
  const incident = await incidentOf(world, repository, remediation, snapshot, traced)
  // A merge is a person's word for every value in it; all other gates hold whoever wrote it.
  const authoredByHuman = merge.mergedBy
  const content = { incident, target, family, role, container, before, after, authoredByHuman }
  const [first] = refusals(checkMerged(content))
  return first && `The merged change is not applied; gate ${first.gate}: ${first.message}`
}
