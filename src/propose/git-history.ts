import type { Difference } from '#src/domain/difference.ts'
import { differences } from '#src/domain/difference.ts'
import type { GitVersion } from '#src/domain/evidence.ts'
import { formatFieldPath, isWithin, parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { equalJson, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { containerPath, isWorkloadKind, POD_TEMPLATE } from '#src/domain/target.ts'
import { type ContainerRef, containerOf } from './container-view.ts'

/** The last time that something in the target changed in Git. */
export interface LastChange {
  /** The newest version in which it was different. */
  readonly before: GitVersion
  /** The commit that made it what it is now: the oldest version that has it as it is, right after `before`. */
  readonly setBy: GitVersion
  /** True when it had been like this before `before` already: somebody brought it back. */
  readonly returned: boolean
}

/**
 * The last change of whatever `read` picks from the target. Versions that could not be rendered are passed over;
 * commits after which the value is the same are not changes. Undefined where history shows none.
 */
export function lastChange(
  history: readonly GitVersion[],
  read: (target: KubeObject) => Json | undefined,
): LastChange | undefined {
  const versions = history.flatMap((version) =>
    version.rendered === undefined ? [] : [{ version, value: read(version.rendered) }],
  )
  const [present] = versions
  if (present === undefined || history[0]?.rendered === undefined) return undefined
  const at = versions.findIndex(({ value }) => !equalJson(value, present.value))
  const before = versions[at]
  const setBy = versions[at - 1]
  if (before === undefined || setBy === undefined) return undefined
  const returned = versions.slice(at + 1).some(({ value }) => equalJson(value, present.value))
  return { before: before.version, setBy: setBy.version, returned }
}

/** What leads back from the present container to the one before its last change. */
export interface ContainerChange extends LastChange {
  /** Differences at paths of the workload; `after` is the earlier value. */
  readonly undo: readonly Difference[]
  /** Other fields of the pod template that changed at the same time or since. */
  readonly others: readonly string[]
}

/** The last change of one container. Undefined where Git shows none, or the container did not exist before it. */
export function lastContainerChange(
  history: readonly GitVersion[],
  ref: ContainerRef,
): ContainerChange | undefined {
  const change = lastChange(history, (target) => containerOf(target, ref))
  const present = history[0]?.rendered
  const earlier = change?.before.rendered
  if (change === undefined || present === undefined || earlier === undefined) return undefined
  if (!isWorkloadKind(present.kind) || containerOf(earlier, ref) === undefined) return undefined
  const path = containerPath(present.kind, ref.role, ref.container)
  const template = parseFieldPath(POD_TEMPLATE[present.kind])
  const labels = [...template, { member: 'metadata' }, { member: 'labels' }]
  const all = differences(valueAt(asJson(present), template), valueAt(asJson(earlier), template), template)
  const undo = differences(valueAt(asJson(present), path), valueAt(asJson(earlier), path), path)
  const others = all.filter((it) => !isWithin(it.path, path) && !isWithin(it.path, labels))
  return { ...change, undo, others: others.map((it) => formatFieldPath(it.path)) }
}

/** True when the author called the commit a roll-back: undoing it would fight a person's decision. */
export function isRollback(version: GitVersion): boolean {
  return /^revert\b|\broll(?:ed|ing)?[ -]?back\b/i.test(version.subject)
}

/** `commit 1a2b3c4d by Alice on 2025-06-01`. Text from Git is cut and cleaned of control characters. */
export function describeCommit(version: GitVersion): string {
  const author = version.author
    .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
    .slice(0, 60)
    .trim()
  return `commit ${version.commit.slice(0, 8)} by ${author} on ${version.date.slice(0, 10)}`
}
