import { asOperatorError, type OperatorError } from '#src/domain/errors.ts'
import { isEnded, type Remediation } from '#src/domain/remediation.ts'
import type { Again } from '#src/runtime/workers.ts'
import { act } from './act.ts'
import { decide } from './decide.ts'
import { end } from './end.ts'
import { Look } from './look.ts'
import { observe } from './observe.ts'
import type { Acted } from './report.ts'
import { Rest } from './rest.ts'
import type { World } from './world.ts'

/** More steps than the flow has: a reconcile that needs more is going round in circles. */
const MOST_STEPS = 20
/** So many lost races in a row are answered by a fresh look at once; more of them back off. */
const LOST_RACES = 2

/**
 * Works on one Remediation from the state of the world: observe, decide on one step, act, report; again at once while
 * something changes. Errors that waiting cannot mend end the incident; the others are written into its status and
 * thrown, for the queue to back off.
 */
export async function reconcile(
  world: World,
  namespace: string,
  name: string,
  rest: Rest = new Rest(),
): Promise<Again> {
  let remediation = await world.remediations.read(namespace, name)
  const left = remediation && rest.left(remediation, world.clock.monotonic())
  if (left !== undefined) return { afterMs: left }
  const look = new Look(world)
  let lost = 0
  for (let steps = 0; remediation !== undefined && steps < MOST_STEPS; steps++) {
    if (isEnded(remediation)) return 'on-change'
    const acted = await oneStep(look.world, remediation).catch((error: unknown) => {
      if (asOperatorError(error).code === 'ApiConflict' && lost++ < LOST_RACES) return undefined
      throw error
    })
    if (acted === undefined) {
      // A webhook's hint, say, written while the step was under way: everything is read again.
      look.renew()
      remediation = await world.remediations.read(namespace, name)
      continue
    }
    if (acted.kind === 'rest') return 'on-change'
    if (acted.kind === 'wait') {
      const seen = await clearProblem(world, acted.remediation ?? remediation)
      rest.note(seen, world.clock.monotonic() + acted.afterMs)
      return { afterMs: acted.afterMs }
    }
    remediation = acted.remediation
    // What we wrote changed what was read.
    if (remediation.state.phase === 'Applied') look.renew()
  }
  return remediation === undefined ? 'on-change' : { afterMs: world.patience.recheck }
}

async function oneStep(world: World, remediation: Remediation): Promise<Acted> {
  try {
    const observation = await observe(world, remediation)
    const step = decide(observation, world.patience)
    world.log.debug('step', { remediation: `${remediation.namespace}/${remediation.name}`, step: step.do })
    return await act(world, remediation, step)
  } catch (thrown) {
    const error = asOperatorError(thrown)
    if (error.retry !== 'never') {
      await reportProblem(world, remediation, error)
      throw error
    }
    return end(world, remediation, { phase: 'Failed', reason: error.code, message: error.message })
  }
}

/** A lost race says nothing to anybody; everything else that is tried again is shown, once. */
async function reportProblem(world: World, remediation: Remediation, error: OperatorError): Promise<void> {
  if (error.code === 'ApiConflict' || error.code === 'ApiUnreachable') return
  // Each write wakes this very key up again: words that differ every time (a waiting time, a port) must not keep it busy.
  if (remediation.problem?.code === error.code) return
  const next: Remediation = { ...remediation, problem: { code: error.code, message: error.message } }
  await world.remediations.write(remediation, next).catch((failure: unknown) => {
    world.log.warn('could not report a problem', { code: asOperatorError(failure).code })
  })
}

async function clearProblem(world: World, remediation: Remediation): Promise<Remediation> {
  if (remediation.problem === undefined) return remediation
  const { problem: _, ...rest } = remediation
  return world.remediations.write(remediation, rest)
}
