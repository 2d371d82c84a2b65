import { quotaTrouble } from '#src/detect/state/limits.ts'
import { amounts, nodeRooms } from '#src/detect/state/node-fit.ts'
import { list } from '#src/detect/state/pod-template.ts'
import { at, objectsOf } from '#src/domain/cluster-state.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { binaryQuantity, quantity } from '#src/domain/quantity.ts'
import { containerPath, isWorkloadKind } from '#src/domain/target.ts'
import { milliseconds } from '#src/domain/time.ts'
import { containerOf, containerStatusOf } from '#src/propose/container-view.ts'
import { describeCommit, lastContainerChange } from '#src/propose/git-history.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { changedObject } from '#src/propose/what-if.ts'
import { type Derived, set } from './derived.ts'

const STEP = 2
const MOST = 8 * 2 ** 30
/** A container that was killed so soon after each start needs more; one that grew for longer may as well leak. */
const SOON = 600_000
const KILLS = 2

/**
 * Twice the memory limit, where the container was killed soon after each of several starts, bounded by what LimitRanges,
 * quotas and the largest node allow. Undefined steps are told as sentences by `whyNoStep`.
 */
export function derivedForMemory(incident: Incident): readonly Derived[] {
  const { fault, target, rendered, state } = incident
  const step = memoryStep(incident)
  if (typeof step === 'string' || state === undefined || !isWorkloadKind(target.kind)) return []
  const path = formatFieldPath(containerPath(target.kind, fault.role, fault.container))
  const present = at(containerOf(rendered, fault), 'resources', 'limits', 'memory')
  const evidence = `With ${String(present)} it was killed ${step.kills} times, each time within ${Math.ceil(step.longestMs / 1000)} s of its start; twice that fits limits, quotas and nodes.`
  return [
    {
      changes: [set(`${path}.resources.limits.memory`, binaryQuantity(step.bytes))],
      kind: 'bound',
      evidence,
    },
  ]
}

interface Step {
  readonly bytes: number
  readonly kills: number
  readonly longestMs: number
}

/** The step, or the sentence that says why there is none. */
export function memoryStep(incident: Incident): Step | string {
  const { fault, state, rendered, snapshot, target } = incident
  if (fault.reason !== 'OOMKilled' || state === undefined)
    return 'The container was not killed for its memory.'
  const present = quantity(at(containerOf(rendered, fault), 'resources', 'limits', 'memory'))
  if (present === undefined) return 'Git sets no memory limit for the container: its node had no memory left.'
  const changed = programChange(incident)
  if (changed !== undefined) return changed
  const { kills, longestMs, shortest } = oomRuns(incident)
  if (kills < KILLS || shortest === undefined) return 'It was killed once only: that may be chance.'
  if (longestMs > SOON)
    return 'It ran for long before it was killed: a leak is as likely as a limit that is too small.'
  const bytes = present * STEP
  const most = Math.min(MOST, ...boundsOf(incident))
  if (bytes > most) return `Twice the limit is more than limits and nodes allow (${binaryQuantity(most)}).`
  if (!isWorkloadKind(target.kind)) return 'It is no workload.'
  const path = formatFieldPath(containerPath(target.kind, fault.role, fault.container))
  const larger = changedObject(snapshot.workload, [
    set(`${path}.resources.limits.memory`, binaryQuantity(bytes)),
  ])
  const quota = larger === undefined ? 'memory' : quotaTrouble(state, larger)
  return quota?.includes('memory')
    ? 'Twice the limit is more than a quota of the namespace leaves.'
    : { bytes, kills, longestMs }
}

/* A program that has just changed may need more, or waste it: which, only its authors know. */
function programChange({ history, fault }: Incident): string | undefined {
  const change = lastContainerChange(history, fault)
  const program = change?.undo.some(({ path }) =>
    path.some(
      (segment) => 'member' in segment && ['image', 'command', 'args', 'env'].includes(segment.member),
    ),
  )
  return change !== undefined && program === true
    ? `${describeCommit(change.setBy)} changed the program: it may need more memory, or waste it.`
    : undefined
}

function boundsOf({ state, target }: Incident): readonly number[] {
  if (state === undefined) return []
  const ranges = objectsOf(state, 'LimitRange', target.namespace)
    .flatMap((range) => list(at(range, 'spec', 'limits')))
    .flatMap((item) => amounts(at(item, 'max'))['memory'] ?? [])
  const nodes = nodeRooms(state).flatMap(({ allocatable }) => allocatable['memory'] ?? [])
  return [...ranges, ...(nodes.length === 0 ? [] : [Math.max(...nodes)])]
}

/* How often the present pods' container was killed, and how long its known runs were. */
function oomRuns({ snapshot, fault }: Incident) {
  let kills = 0
  const lengths: number[] = []
  for (const pod of snapshot.pods) {
    const status = containerStatusOf(pod, fault)
    const restarts = at(status, 'restartCount')
    const ends = ['state', 'lastState'].map((key) => at(status, key, 'terminated'))
    const killed = ends.filter((end) => at(end, 'reason') === 'OOMKilled')
    if (killed.length === 0) continue
    kills += Math.max(killed.length, typeof restarts === 'number' ? restarts : 0)
    for (const end of killed) {
      const [from, to] = [milliseconds(at(end, 'startedAt')), milliseconds(at(end, 'finishedAt'))]
      if (from !== undefined && to !== undefined) lengths.push(to - from)
    }
  }
  return {
    kills,
    longestMs: Math.max(0, ...lengths),
    shortest: lengths.length === 0 ? undefined : Math.min(...lengths),
  }
}
