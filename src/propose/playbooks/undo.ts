import { applyChanges } from '#src/domain/change.ts'
import type { Difference } from '#src/domain/difference.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { equalJson, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { containerPath, isWorkloadKind } from '#src/domain/target.ts'
import { isAllowed } from '#src/propose/allow-list.ts'
import { changeTo, describePlace } from '#src/propose/answers.ts'
import { containerOf } from '#src/propose/container-view.ts'
import {
  type ContainerChange,
  describeCommit,
  isRollback,
  lastContainerChange,
} from '#src/propose/git-history.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { isStartFailing, type ProvenRun, provenRuns } from '#src/propose/proven-runs.ts'
import { workedBefore } from '#src/propose/worked-before.ts'

/** The last change of a container, which may be what broke it. */
export interface Undo {
  readonly change: ContainerChange
  readonly commit: string
  /** The container's own members that changed: `image`, `command`, `env` … */
  readonly members: ReadonlySet<string>
  readonly undo: readonly Difference[]
  /** What else it touched, or a later commit did, that is not ours to restore: then which of them broke it is open. */
  readonly unrelated: readonly string[]
  /** Who runs the container's image, command and arguments as they would be again. */
  readonly proven: ProvenRun | undefined
}

/** The last change where it may be undone as a whole: it touched nothing but what may be restored. Else why not. */
export function wholeUndo(incident: Incident): Undo | string {
  const found = lastUndo(incident)
  if (typeof found === 'string' || found.unrelated.length === 0) return found
  const { commit, unrelated } = found
  return `The last change, ${commit}, or one after it also touched ${unrelated.slice(0, 5).join(', ')}: which of them broke it is open.`
}

/**
 * What the last change in Git did to a container that cannot run any more, or why that must not be undone: it was ours
 * or a roll-back, the cluster does not run it, the container has worked since, or its earlier state fails as well.
 */
export function lastUndo(incident: Incident): Undo | string {
  const { fault, target, rendered, snapshot, history } = incident
  if (fault.family !== 'run') return 'The fault is not one of starting or running.'
  const container = containerOf(rendered, fault)
  const change = lastContainerChange(history, fault)
  if (container === undefined || change === undefined || !isWorkloadKind(target.kind)) {
    return `Git history shows no change of ${describePlace(incident)}.`
  }
  if (!equalJson(container, containerOf(history[0]?.rendered, fault))) {
    return `Git has moved on since its history was read: ${describePlace(incident)} is different now.`
  }
  const commit = describeCommit(change.setBy)
  const differs = ['image', 'command', 'args'].find((field) => isLiveDifferent(incident, container, field))
  if (differs)
    return `The cluster does not run what Git says (${differs}): the last change is not what fails.`
  if (change.setBy.ours) return `The last change, ${commit}, was a fix of ours: it is not undone.`
  if (isRollback(change.setBy)) return `The last change, ${commit}, was a roll-back: it is not undone.`
  const undo = change.undo.filter(({ path }) => !isRequest(path))
  const forbidden = undo.filter(({ path }) => !isAllowed(path, target.kind, 'run', fault))
  const unrelated = [...forbidden.map(({ path }) => formatFieldPath(path)), ...change.others]
  const worked = workedBefore(snapshot, fault, container)
  if (worked) return `The last change, ${commit}, is not the cause: ${worked}.`
  const restored = restore(rendered, incident, undo)
  if (isStartFailing(snapshot, fault, restored)) return `What stood before ${commit} fails as well.`
  const proven = provenRuns(snapshot, fault).find((run) =>
    ['image', 'command', 'args'].every((field) => equalJson(run.container[field], restored?.[field])),
  )
  if (change.returned && !proven) return `${commit} brought an earlier state back on purpose.`
  const depth = containerPath(target.kind, fault.role, fault.container).length
  const members = new Set(undo.map(({ path }) => memberAt(path, depth)))
  return { change, commit, members, undo, unrelated, proven }
}

function isLiveDifferent({ snapshot, fault }: Incident, container: JsonObject, field: string): boolean {
  const live = containerOf(snapshot.workload, fault)
  return live !== undefined && !equalJson(live[field], container[field])
}

/* What a container asks of the scheduler reaches no process: it broke nothing, and stays. */
function isRequest(path: Difference['path']): boolean {
  return /\.resources\.requests(?:\.|\[|$)/.test(formatFieldPath(path))
}

function restore(
  rendered: KubeObject,
  { fault }: Incident,
  undo: readonly Difference[],
): JsonObject | undefined {
  const restored = applyChanges(asJson(rendered), undo.map(changeTo))
  return containerOf(restored as unknown as KubeObject, fault)
}

function memberAt(path: Difference['path'], depth: number): string {
  const segment = path[depth]
  return segment !== undefined && 'member' in segment ? segment.member : ''
}
