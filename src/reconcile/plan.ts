import { OperatorError } from '#src/domain/errors.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import type { Plan, Remediation, RemediationState, SourceEngine } from '#src/domain/remediation.ts'
import { describeTarget, isRepairable } from '#src/domain/target.ts'
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
import { faultShape } from '#src/propose/memory/fault-shape.ts'
import { nextAttempt } from './attempt.ts'
import { fixKeyOf } from './fix-key-of.ts'
import { assertInSync } from './in-sync.ts'
import { incidentOf } from './incident.ts'
import { judgeOf } from './judge.ts'
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
  const judge = judgeOf(world, repository, incident, traced)
  const result = await world.proposals.propose(incident, judge)
  if (result.kind === 'abstain') throw new OperatorError(result.code, result.message, { object })
  const { proposal, verdicts, value } = result
  const fields = proposal.changes.map(({ field }) => field)
  refuse(ignoredChange(heldSources(engine, inGit), traced.rendered, fields), object)
  // A diff also shows the lines beside the change, whatever people wrote there.
  const edit = { ...value, diff: await world.cluster.redact(value.diff) }
  const ground = { repository, remediation, traced: told(traced, sourceEngine(engine, inGit)), snapshot }
  return planned(world, ground, { proposal, verdicts, edit, faultShape: faultShape(incident) })
}

interface Ground {
  readonly repository: Repository
  readonly remediation: Remediation
  readonly traced: Traced
  readonly snapshot: WorkloadSnapshot
  /** What else tells this change of these fields from another. */
  readonly marker?: string
}

interface Accepted {
  readonly proposal: Plan['proposal']
  readonly verdicts: readonly GateVerdict[]
  readonly edit: ProvenEdit
  /** Absent: the plan is none that answers a fault. */
  readonly faultShape?: string
}

/** The plan of an accepted proposal, with the attempt that it is. */
export async function planned(
  world: World,
  ground: Ground,
  { proposal, verdicts, edit, faultShape }: Accepted,
): Promise<Planned> {
  const { repository, remediation, traced, snapshot, marker } = ground
  const key = fixKeyOf(repository.spec.url, edit.edits, remediation.target, marker)
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
    ...(faultShape !== undefined && { faultShape }),
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
  const granted = world.repositories.all().filter(({ spec }) => spec.namespaces.includes(target.namespace))
  if (granted.length === 0) {
    // One may be added any time: that is waited for.
    throw new OperatorError('NotInGit', `no configured repository is granted namespace ${target.namespace}`, {
      object: describeTarget(target),
      retry: 'backoff',
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
