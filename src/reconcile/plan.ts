import { OperatorError } from '#src/domain/errors.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import { fixKey } from '#src/domain/fault.ts'
import { type GateVerdict, refusals } from '#src/domain/proposal.ts'
import type { Plan, Remediation, RemediationState, SourceEngine } from '#src/domain/remediation.ts'
import { describeTarget, isRepairable, targetKey } from '#src/domain/target.ts'
import { applyIntent } from '#src/execute/apply-intent.ts'
import {
  heldSources,
  ignoredChange,
  type LiveEngine,
  liveEngine,
  sourceEngine,
  type Unreachable,
  unreachable,
} from '#src/manifests/engines/target-engine.ts'
import type { ProvenEdit, Traced } from '#src/manifests/manifests.ts'
import { dryRunGate } from '#src/propose/gates/dry-run.ts'
import { checkEdit, checkProposal } from '#src/propose/gates/run-gates.ts'
import type { Judge } from '#src/propose/propose-chain.ts'
import { nextAttempt } from './attempt.ts'
import { assertInSync } from './in-sync.ts'
import { incidentOf } from './incident.ts'
import { recent } from './look.ts'
import type { Repository, World } from './world.ts'

/** A plan, and the attempt at its fix that it is. */
export interface Planned {
  readonly state: Extract<RemediationState, { phase: 'Proposed' }>
  readonly attempt: number
}

/**
 * Trace, propose, gates. Nothing is written anywhere: the plan that comes out is stored by the caller before anything is
 * pushed. Throws OperatorError: UnsupportedKind, NotInGit …, NoGroundedFix, GateRefused.
 */
export async function plan(world: World, remediation: Remediation): Promise<Planned> {
  const { target, fault } = remediation
  const object = describeTarget(target)
  if (!isRepairable(target)) {
    throw new OperatorError('UnsupportedKind', 'nothing of this kind is repaired', { object })
  }
  const snapshot = await world.cluster.snapshot(target)
  if (snapshot === undefined) throw new OperatorError('TargetGone', 'it was deleted', { object })
  const engine = liveEngine(snapshot.workload, await world.cluster.engines(snapshot.workload))
  const { repository, traced } = await source(world, remediation, engine)
  const inGit = (await repository.manifests.engines(traced)).map((each) => each.source)
  assertInSync(snapshot.workload, traced.rendered, fault)
  const incident = await incidentOf(world, repository, remediation, snapshot, traced)
  const judge: Judge<ProvenEdit> = async (proposal) => {
    const verdicts: GateVerdict[] = [...checkProposal(incident, proposal)]
    if (await world.cluster.holdsSecret(proposal.changes)) verdicts.push(SECRET)
    if (refusals(verdicts).length > 0) return { accepted: false, verdicts }
    // Git and the API server know nothing of each other: both are asked at once.
    const [edit, dryRun] = await Promise.all([
      repository.manifests.edit(traced, target, proposal.changes),
      dryRunGate(proposal.changes, (changes) => world.executor.dryRun(snapshot.workload, changes)),
    ])
    verdicts.push(...checkEdit(incident, proposal, edit), dryRun)
    return refusals(verdicts).length > 0
      ? { accepted: false, verdicts }
      : { accepted: true, verdicts, value: edit }
  }
  const result = await world.proposals.propose(incident, judge)
  if (result.kind === 'abstain') throw new OperatorError(result.code, result.message, { object })
  const { proposal, verdicts, value } = result
  const fields = proposal.changes.map(({ field }) => field)
  refuse(ignoredChange(heldSources(engine, inGit), traced.rendered, fields), object)
  // A diff also shows the lines beside the change, whatever people wrote there.
  const edit = { ...value, diff: await world.cluster.redact(value.diff) }
  const ground = { repository, remediation, traced: told(traced, sourceEngine(engine, inGit)), snapshot }
  return planned(world, ground, { proposal, verdicts, edit })
}

/** What is restored would be shown to everybody who reads the pull request, and kept in the Remediation. */
export const SECRET: GateVerdict = {
  gate: 'security',
  verdict: 'refused',
  message: 'A value of the change looks like a secret; restore it by hand, or keep it in a Secret.',
}

interface Ground {
  readonly repository: Repository
  readonly remediation: Remediation
  readonly traced: Traced
  readonly snapshot: WorkloadSnapshot
}

interface Accepted {
  readonly proposal: Plan['proposal']
  readonly verdicts: readonly GateVerdict[]
  readonly edit: ProvenEdit
}

async function planned(
  world: World,
  ground: Ground,
  { proposal, verdicts, edit }: Accepted,
): Promise<Planned> {
  const { repository, remediation, traced, snapshot } = ground
  const places = edit.edits.map(({ file, field }) => `${file}#${field}`)
  const key = fixKey(repository.spec.url, places, targetKey(remediation.target))
  const { source } = traced
  const { attempt, ...where } = await nextAttempt(world, repository, { fixKey: key, source })
  const patch = applyIntent(snapshot.workload, proposal.changes)
  const plan: Plan = {
    source,
    proposal,
    edits: edit.edits,
    diff: edit.diff,
    verdicts,
    patch,
    fixKey: key,
    ...where,
  }
  return { state: { phase: 'Proposed', plan }, attempt }
}

function told(traced: Traced, engine: SourceEngine | undefined): Traced {
  return engine === undefined ? traced : { ...traced, source: { ...traced.source, engine } }
}

/** A pull request that would change nothing is never opened. */
function refuse(why: Unreachable | undefined, object: string): void {
  if (why !== undefined) throw new OperatorError(why.code, why.sentence, { object })
}

/** The repository that renders the target, among those that are granted its namespace and that its engine follows. */
async function source(
  world: World,
  { target }: Remediation,
  engine: LiveEngine,
): Promise<{ readonly repository: Repository; readonly traced: Traced }> {
  const granted = world.repositories.filter(({ spec }) => spec.namespaces.includes(target.namespace))
  if (granted.length === 0) {
    throw new OperatorError('NotInGit', `no configured repository is granted namespace ${target.namespace}`, {
      object: describeTarget(target),
    })
  }
  const why = granted.map(({ spec }) => unreachable(engine, spec))
  const reachable = granted.filter((_, i) => why[i] === undefined)
  if (reachable.length === 0) refuse(why[0], describeTarget(target))
  let last: OperatorError | undefined
  for (const repository of reachable) {
    try {
      const revision = await repository.manifests.fetch(recent(world))
      return { repository, traced: await repository.manifests.trace(target, revision) }
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code !== 'NotInGit') throw error
      last = error
    }
  }
  throw last ?? new OperatorError('NotInGit', 'no repository renders it', { object: describeTarget(target) })
}
