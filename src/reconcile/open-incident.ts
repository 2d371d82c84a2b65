import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { Fault } from '#src/domain/fault.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import type { StateFinding } from '#src/domain/state-finding.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import { hintFor, nextIncident } from './next-incident.ts'
import { recentCommits } from './recent-commits.ts'
import type { World } from './world.ts'

/** A fault that has settled, on the object as it is now. */
export interface Opening {
  readonly target: TargetRef
  readonly snapshot: WorkloadSnapshot
  readonly fault: Fault
  /** Milliseconds since the epoch. */
  readonly since: number
  /** What a check over the whole namespace says of it. */
  readonly finding?: StateFinding
}

/** Find-or-create: the fault's Remediation is open, snoozed, or made now. */
export async function openIncident(
  world: World,
  opening: Opening,
  existing: readonly Remediation[],
): Promise<void> {
  const { target, fault, snapshot, finding, since } = opening
  const incident = nextIncident(target, fault, existing, world.clock.now(), finding?.affected)
  const fields = {
    target: describeTarget(target),
    reason: fault.reason,
    remediation: `${target.namespace}/${incident.name}`,
  }
  if (incident.kind !== 'new') {
    world.log.debug(incident.kind === 'open' ? 'fault is being worked on' : 'fault is snoozed', fields)
    return
  }
  const gathered = await world.cluster.evidence(snapshot, fault, recentCommits(world, target), finding)
  const hint = hintFor(target, fault, existing)
  const evidence = hint === undefined ? gathered : { ...gathered, hint: await world.cluster.redact(hint) }
  const remediation = await world.remediations.create({
    name: incident.name,
    target,
    fault,
    evidence,
    detected: since,
  })
  world.log.info('fault seen', fields)
  world.observer.stateChanged(undefined, remediation)
}

/** Owners of any kind are named and not read: there may be no permission to. */
export function unreadable({ apiVersion, kind, namespace, name }: TargetRef): WorkloadSnapshot {
  return {
    workload: { apiVersion, kind, metadata: { namespace, name } },
    pods: [],
    replicaSets: [],
  }
}
