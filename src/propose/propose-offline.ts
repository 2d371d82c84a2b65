import { snapshotIn } from '#src/detect/state/owners.ts'
import { applyChanges } from '#src/domain/change.ts'
import { type ClusterState, liveObject } from '#src/domain/cluster-state.ts'
import type { GitVersion } from '#src/domain/evidence.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type GateVerdict, type Proposal, refusals } from '#src/domain/proposal.ts'
import { faultOfFinding, type StateFinding, sharedCause } from '#src/domain/state-finding.ts'
import { describeTarget, isWorkloadKind } from '#src/domain/target.ts'
import { checkEdit, checkProposal } from './gates/run-gates.ts'
import { type Declared, referencesIn } from './known-references.ts'
import { PLAYBOOKS } from './playbooks/playbooks.ts'
import type { Incident, Proposer } from './proposer.ts'

/** What is known beside the finding: the cluster's objects, and the target in Git. */
export interface OfflineInput {
  readonly state: ClusterState
  /** The target as Git renders it now. */
  readonly rendered: KubeObject
  /** The target at the last commits that touched its files, newest first; the first is the present state. */
  readonly gitHistory: readonly GitVersion[]
  /** ConfigMaps and Secrets that Git declares for the target's namespace. */
  readonly declared?: readonly Declared[]
  readonly registryTags?: Readonly<Record<string, readonly string[]>>
}

export type OfflineAnswer =
  | { readonly kind: 'proposal'; readonly proposal: Proposal; readonly verdicts: readonly GateVerdict[] }
  /** One sentence, or a few: why nothing is proposed. */
  | { readonly kind: 'abstain'; readonly reason: string }

/** The incident that a finding, a state and Git make: what proposers and gates look at. */
export function incidentOfFinding(finding: StateFinding, input: OfflineInput): Incident | undefined {
  const { state, rendered, gitHistory, declared = [], registryTags } = input
  const live = liveObject(state, finding.target)
  if (live === undefined) return undefined
  return {
    target: finding.target,
    fault: faultOfFinding(finding),
    fields: finding.fields,
    evidence: {},
    offline: true,
    snapshot: isWorkloadKind(live.kind)
      ? snapshotIn(state, live)
      : { workload: live, pods: [], replicaSets: [] },
    rendered,
    history: gitHistory,
    references: referencesIn(state, finding.target, declared),
    state,
    ...(registryTags && { registryTags }),
  }
}

/**
 * The first proposal of the playbooks that passes every gate which needs no server: those over the proposal, and those
 * over the object as it would be. Whoever edits Git proves the edit with `checkEdit` again. Never throws for a fault
 * that it cannot answer.
 */
export async function proposeOffline(
  finding: StateFinding,
  input: OfflineInput,
  proposers: readonly Proposer[] = PLAYBOOKS,
): Promise<OfflineAnswer> {
  const incident = incidentOfFinding(finding, input)
  if (incident === undefined) {
    return { kind: 'abstain', reason: `${describeTarget(finding.target)} is not in the cluster's state.` }
  }
  const shared = sharedCause(finding)
  const asked = proposers.filter(({ families }) => families?.includes(incident.fault.family) ?? true)
  const reasons: string[] = []
  for (const proposer of asked) {
    const answer = await proposer.propose(incident, [])
    if (answer.kind === 'abstain') {
      reasons.push(answer.reason)
      continue
    }
    const { proposal } = answer
    if (shared !== undefined && proposal.grounds.every(({ kind }) => kind !== 'git')) {
      reasons.push(shared)
      continue
    }
    const verdicts = judge(incident, proposal)
    const refused = refusals(verdicts)
    if (refused.length === 0) return { kind: 'proposal', proposal, verdicts }
    reasons.push(...refused.map(({ gate, message }) => `Gate ${gate}: ${message}`))
  }
  const reason = [...new Set(reasons)].join(' ')
  return { kind: 'abstain', reason: reason || 'Nothing in a manifest is known to end such a fault.' }
}

function judge(incident: Incident, proposal: Proposal): readonly GateVerdict[] {
  const { rendered } = incident
  const verdicts = checkProposal(incident, proposal)
  if (refusals(verdicts).length > 0) return verdicts
  const after = applyChanges(asJson(rendered), proposal.changes) as unknown as KubeObject
  return [...verdicts, ...checkEdit(incident, proposal, { before: rendered, after })]
}
