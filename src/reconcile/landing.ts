import type { FieldChange } from '#src/domain/change.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { refusals } from '#src/domain/proposal.ts'
import {
  type Approval,
  FIELD_MANAGER,
  type Hold,
  type Remediation,
  type RemediationState,
} from '#src/domain/remediation.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { milliseconds } from '#src/domain/time.ts'
import type { ApprovalFacts } from '#src/execute/approval.ts'
import { engineOf } from '#src/execute/engine.ts'
import { leafChanges } from '#src/execute/leaf-changes.ts'
import { mergedChange } from '#src/execute/merge-in-git.ts'
import type { MergedChange } from '#src/execute/merged-change.ts'
import { type LiveEngine, liveEngine, sourceEngine } from '#src/manifests/engines/target-engine.ts'
import { checkMerged } from '#src/propose/gates/run-gates.ts'
import { incidentOf } from './incident.ts'
import type { Applier, MergedState } from './observation.ts'
import { repositoryOf } from './repository-of.ts'
import type { Repository, World } from './world.ts'

type Landing = Extract<RemediationState, { phase: 'ReadyForReview' | 'Approved' | 'Applied' }>

/** What Git says of the merge at the tip of the base branch now. */
export async function changeInGit(
  world: World,
  { target }: Remediation,
  state: Landing,
  merge: ApprovalFacts,
): Promise<MergedChange> {
  const { manifests } = repositoryOf(world, state.plan.source.repository)
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
  const repository = repositoryOf(world, state.plan.source.repository)
  const applier = snapshot && (await applierOf(world, repository, remediation, snapshot.workload, changes))
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
  const repository = repositoryOf(world, plan.source.repository)
  // As things stood when the fix was made: afterwards Git itself would ground whatever was merged.
  const traced = await repository.manifests.trace(target, plan.source.revision)
  const incident = await incidentOf(world, repository, remediation, snapshot, traced)
  // A merge is a person's word for every value in it; all other gates hold whoever wrote it.
  const authoredByHuman = merge.mergedBy
  const content = { incident, target, family, role, container, before, after, authoredByHuman }
  const [first] = refusals(checkMerged(content))
  return first && `The merged change is not applied; gate ${first.gate}: ${first.message}`
}

async function applierOf(
  world: World,
  { spec }: Repository,
  { target, timeline }: Remediation,
  live: KubeObject,
  changes: readonly FieldChange[],
): Promise<Applier> {
  if (isLive(live, changes)) {
    const by = wroteSince(live, timeline.approved ?? 0) ? FIELD_MANAGER : 'other'
    return { kind: 'live', by, generation: live.metadata.generation ?? 0 }
  }
  const hold = holdOf(spec, target.namespace, live)
  if (hold?.reason !== 'EngineOwned') return hold === undefined ? { kind: 'us' } : { kind: 'other', hold }
  const engine = liveEngine(live, await world.cluster.engines(live))
  return { kind: 'other', hold: { ...hold, message: `${hold.message} ${sayings(engine)}`.trim() } }
}

/** What is known of the engine, and what keeps it from applying the merge now. */
function sayings(engine: LiveEngine): string {
  const told = sourceEngine(engine, [])
  if (told === undefined) return ''
  const sentences = [told.why, ...told.holds.map(({ sentence }) => sentence)]
  return sentences.map((each) => `${each.charAt(0).toUpperCase()}${each.slice(1)}.`).join(' ')
}

function isLive(live: KubeObject, changes: readonly FieldChange[]): boolean {
  return leafChanges(live, changes).length === 0
}

/** Our field manager wrote after the approval: the apply went through, and only its record was lost. */
function wroteSince({ metadata }: KubeObject, time: number): boolean {
  return (metadata.managedFields ?? []).some(
    (entry) => entry.manager === FIELD_MANAGER && (milliseconds(entry.time) ?? 0) >= time,
  )
}

function holdOf(spec: RepositorySpec, namespace: string, live: KubeObject): Hold | undefined {
  const claim = engineOf(live)
  if (claim !== undefined) {
    return { reason: 'EngineOwned', message: `Its engine has to apply the merge: ${claim.why}.` }
  }
  if (spec.mode !== 'apply') {
    const message = `Repository ${spec.name} is in mode ${spec.mode}: somebody else applies the merge.`
    return { reason: 'ModePropose', message }
  }
  if (!spec.namespaces.includes(namespace)) {
    return {
      reason: 'NamespaceNotGranted',
      message: `Repository ${spec.name} is not granted namespace ${namespace}.`,
    }
  }
  return undefined
}
