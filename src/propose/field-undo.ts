import type { FieldChange } from '#src/domain/change.ts'
import type { GitVersion } from '#src/domain/evidence.ts'
import { type FieldPath, parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { includesJson, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { quantity } from '#src/domain/quantity.ts'
import { mergedChanges } from './gates/merged-changes.ts'
import { describeCommit, isRollback } from './git-history.ts'
import type { Incident } from './proposer.ts'

/** The last change in Git of the fields at fault, and what leads back. */
export interface FieldUndo {
  readonly changes: readonly FieldChange[]
  readonly setBy: GitVersion
  readonly before: GitVersion
  /** `commit 1a2b3c4d by Alice on 2025-06-01`. */
  readonly commit: string
  /** Fields that are different as well between the two states, and that are not undone. */
  readonly others: readonly string[]
}

/**
 * What leads the wanted fields back to their state before their last change, or why they must not be led back: no such
 * change in Git, one of ours, a roll-back, a state that somebody brought back on purpose, or a cluster that does not
 * have what Git says.
 */
export function fieldUndo(incident: Incident, isWanted: (path: FieldPath) => boolean): FieldUndo | string {
  const { history, rendered, snapshot } = incident
  const [newest] = history
  if (newest?.rendered === undefined) return 'Git history does not show the object.'
  const present = newest.rendered
  if (mergedChanges(present, rendered).some(({ field }) => isWanted(parseFieldPath(field)))) {
    return 'Git has moved on since its history was read.'
  }
  const wanted = (version: KubeObject) =>
    mergedChanges(present, version).filter(({ field }) => isWanted(parseFieldPath(field)))
  const versions = history.flatMap((version) =>
    version.rendered === undefined
      ? []
      : [{ version, changes: wanted(version.rendered), all: version.rendered }],
  )
  const place = versions.findIndex(({ changes }) => changes.length > 0)
  const before = versions[place]
  const setBy = versions[place - 1]?.version
  if (before === undefined || setBy === undefined)
    return 'Git history shows no change of the fields at fault.'
  const commit = describeCommit(setBy)
  if (setBy.ours) return `${commit} set them, a fix of ours: it is not undone.`
  if (isRollback(setBy)) return `${commit} set them, a roll-back: it is not undone.`
  if (versions.slice(place + 1).some(({ changes }) => changes.length === 0)) {
    return `${commit} brought them back to what they are on purpose.`
  }
  const strange = before.changes.find(
    ({ field }) => !isLive(rendered, snapshot.workload, parseFieldPath(field)),
  )
  if (strange !== undefined) return `The cluster does not have what Git says at ${strange.field}.`
  const undone = new Set(before.changes.map(({ field }) => field))
  const others = mergedChanges(present, before.all)
    .map(({ field }) => field)
    .filter((field) => !undone.has(field))
  return { changes: before.changes, setBy, before: before.version, commit, others }
}

/** The cluster has what Git renders there. What Git leaves out, the API server may have defaulted. */
export function isLive(rendered: KubeObject, live: KubeObject, path: FieldPath): boolean {
  const wanted = valueAt(asJson(rendered), path)
  return wanted === undefined || sameOrDefaulted(valueAt(asJson(live), path), wanted)
}

function sameOrDefaulted(live: Json | undefined, wanted: Json): boolean {
  const amount = quantity(wanted)
  return includesJson(live, wanted) || (amount !== undefined && quantity(live) === amount)
}
