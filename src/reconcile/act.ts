import { OperatorError } from '#src/domain/errors.ts'
import { type Hold, phaseOf, type Remediation } from '#src/domain/remediation.ts'
import { end } from './end.ts'
import { plan } from './plan.ts'
import { publish } from './publish.ts'
import { type Acted, report } from './report.ts'
import { repositoryOf } from './repository-of.ts'
import type { Step } from './step.ts'
import { ensureUndo, planUndo } from './undo.ts'
import type { World } from './world.ts'

/** Does the one step and reports it in one write. Everything but that write may be repeated after a crash. */
export async function act(world: World, remediation: Remediation, step: Step): Promise<Acted> {
  switch (step.do) {
    case 'rest':
      return { kind: 'rest' }
    case 'wait':
      return { kind: 'wait', afterMs: step.afterMs }
    case 'mirror':
      return {
        kind: 'changed',
        remediation: await world.remediations.setApproved(remediation, step.approved),
      }
    case 'plan': {
      const { reverts } = remediation
      const { state, attempt } = await (reverts === undefined
        ? plan(world, remediation)
        : planUndo(world, remediation, reverts))
      // Rounded down it could lie before the fault was seen.
      const proposed = Math.max(wholeSeconds(world.clock.now()), remediation.timeline.detected)
      return report(world, remediation, state, { proposed }, attempt)
    }
    case 'publish':
      return publishPlan(world, remediation)
    case 'approve':
      return approve(world, remediation, step)
    case 'hold':
      return hold(world, remediation, step)
    case 'ask':
      return askEngine(world, remediation, step)
    case 'apply':
      return apply(world, remediation, step)
    case 'record':
      return record(world, remediation, step)
    case 'recovered':
      return recovered(world, remediation)
    case 'end':
      return end(world, remediation, step.outcome)
    case 'undo':
      return end(
        world,
        remediation,
        step.outcome,
        (await ensureUndo(world, remediation)) ? 'undo' : undefined,
      )
  }
}

/** Kubernetes times carry seconds; a commit made of a stored time has to be the same after it was read back. */
function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000
}

async function publishPlan(world: World, remediation: Remediation): Promise<Acted> {
  const { state } = remediation
  if (state.phase !== 'Proposed') throw wrongPhase(remediation, 'publish')
  const repository = repositoryOf(world, state.plan.source)
  const result = await publish(world, repository, remediation, state.plan)
  if (result.kind === 'stale') return report(world, remediation, { phase: 'Diagnosing' }, {})
  const { plan: published } = state
  return report(
    world,
    remediation,
    { phase: 'ReadyForReview', plan: published, pullRequest: result.pullRequest },
    { opened: world.clock.now() },
  )
}

async function approve(
  world: World,
  remediation: Remediation,
  { approval }: Extract<Step, { do: 'approve' }>,
): Promise<Acted> {
  const { state } = remediation
  if (state.phase !== 'ReadyForReview') throw wrongPhase(remediation, 'approve')
  const { plan: merged, pullRequest } = state
  const approved = await world.remediations.setApproved(remediation, true)
  return report(
    world,
    approved,
    { phase: 'Approved', plan: merged, pullRequest, approval },
    { approved: world.clock.now() },
  )
}

/** An engine that is at work is no news. */
function needsPeople({ reason }: Hold): boolean {
  return reason !== 'EngineOwned' && reason !== 'Waiting'
}

async function hold(
  world: World,
  remediation: Remediation,
  step: Extract<Step, { do: 'hold' }>,
): Promise<Acted> {
  const { state } = remediation
  if (state.phase !== 'Approved') throw wrongPhase(remediation, 'hold')
  const same = state.hold?.reason === step.hold.reason && state.hold.message === step.hold.message
  if (same) return { kind: 'wait', afterMs: step.afterMs }
  if (needsPeople(step.hold)) {
    const { pullRequests } = repositoryOf(world, state.plan.source)
    const marker = `waiting-${step.hold.reason.toLowerCase()}`
    const words = world.texts.waiting(remediation, step.hold.message)
    await pullRequests.ensureComment(state.pullRequest.id, marker, words)
  }
  const held = await report(world, remediation, { ...state, hold: step.hold }, {})
  return { ...held, kind: 'wait', afterMs: step.afterMs }
}

/** An engine is never asked for what the API server would refuse. */
async function askEngine(
  world: World,
  remediation: Remediation,
  { engines, token, changes, ...step }: Extract<Step, { do: 'ask' }>,
): Promise<Acted> {
  const snapshot = await world.cluster.snapshot(remediation.target)
  if (snapshot === undefined) {
    throw new OperatorError('TargetGone', 'the workload was deleted before its engine applied the merge')
  }
  const { verdict, message } = await world.executor.dryRun(snapshot.workload, changes)
  if (verdict === 'refused') {
    const held = {
      reason: 'DryRunRefused',
      message: `Its engine is not asked to apply it: ${message}`,
    } as const
    return hold(world, remediation, { do: 'hold', hold: held, afterMs: world.patience.poll })
  }
  for (const problem of await world.engines.ask(engines, token)) world.log.warn(problem)
  return hold(world, remediation, { ...step, do: 'hold' })
}

async function apply(
  world: World,
  remediation: Remediation,
  { changes }: Extract<Step, { do: 'apply' }>,
): Promise<Acted> {
  const snapshot = await world.cluster.snapshot(remediation.target)
  if (snapshot === undefined) {
    throw new OperatorError('TargetGone', 'the workload was deleted before the merged change was applied')
  }
  const { result, generation } = await world.executor.apply(snapshot.workload, changes)
  return record(world, remediation, {
    do: 'record',
    applied: { result, by: 'aiops-operator', changes, generation },
  })
}

async function record(
  world: World,
  remediation: Remediation,
  { applied }: Extract<Step, { do: 'record' }>,
): Promise<Acted> {
  const { state } = remediation
  if (state.phase !== 'Approved') throw wrongPhase(remediation, 'record')
  const { plan: merged, pullRequest, approval } = state
  const next = { phase: 'Applied', plan: merged, pullRequest, approval, applied, recovered: false } as const
  // This ends it: to be well again is not what an undoing promises.
  if (remediation.reverts !== undefined) {
    const { pullRequests } = repositoryOf(world, merged.source)
    const words = world.texts.undone({ ...remediation, state: next })
    await pullRequests.ensureComment(pullRequest.id, 'undone', words)
  }
  return report(world, remediation, next, { applied: world.clock.now() })
}

async function recovered(world: World, remediation: Remediation): Promise<Acted> {
  const { state } = remediation
  if (state.phase !== 'Applied') throw wrongPhase(remediation, 'recovered')
  const timeline = { ...remediation.timeline, recovered: world.clock.now() }
  const { pullRequests } = repositoryOf(world, state.plan.source)
  await pullRequests.ensureComment(
    state.pullRequest.id,
    'recovered',
    world.texts.recovered({ ...remediation, timeline }, timeline),
  )
  return report(world, remediation, { ...state, recovered: true }, { recovered: timeline.recovered })
}

function wrongPhase(remediation: Remediation, step: string): OperatorError {
  return new OperatorError('Internal', `step ${step} does not fit phase ${phaseOf(remediation)}`, {
    object: `Remediation ${remediation.namespace}/${remediation.name}`,
  })
}
