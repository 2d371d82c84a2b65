import type { FieldChange } from '#src/domain/change.ts'
import { applyChanges } from '#src/domain/change.ts'
import { differences } from '#src/domain/difference.ts'
import { digest } from '#src/domain/digest.ts'
import { type FieldPath, formatFieldPath, isWithin, parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { canonicalJson, equalJson, isObject, type Json } from '#src/domain/json.ts'
import { asJson, isKubeObject, type KubeObject } from '#src/domain/kube-object.ts'

/** The target as rendered from each commit that matters; undefined where that commit does not render it. */
export interface MergeRenders {
  /** Where the pull request's branch left the base. */
  readonly fork: KubeObject | undefined
  /** The head that was merged; undefined also when that commit cannot be had any more. */
  readonly head: KubeObject | undefined
  /** First parent of the merge commit: the base just before, save for a rebase of several commits. */
  readonly parent: KubeObject | undefined
  /** One parent: a squash or a rebase, which look the same. */
  readonly linear: boolean
  readonly merged: KubeObject | undefined
  readonly tip: KubeObject | undefined
}

/** What Git says of the pull request's change to the target, at the tip of the base branch. */
export type MergedChange =
  | {
      readonly kind: 'apply'
      /** From before to after, on the target only; none when the merge left the target as it was. */
      readonly changes: readonly FieldChange[]
      /** SHA-256 of the canonical JSON of `after`. */
      readonly renderedDigest: string
      /** `after` with exactly the changes undone, so that gates see the pull request and no other commit. */
      readonly before: KubeObject
      /** The target as rendered from the merge commit. */
      readonly after: KubeObject
    }
  | { readonly kind: 'reverted'; readonly message: string }
  /** A later commit changed the fields to something else: `changes` is what it says. */
  | { readonly kind: 'superseded'; readonly changes: readonly FieldChange[]; readonly message: string }
  /** Git renders the target no more. */
  | { readonly kind: 'gone'; readonly message: string }
  | { readonly kind: 'hold'; readonly reason: 'MergeUnreachable'; readonly message: string }

/**
 * The change that a merge brought to the target: fields that differ between fork point and head, or between the merge
 * and its first parent, so that squashes, rebases of several commits, merge commits and edits made in the merge itself
 * are all seen. The values are those of the merge commit. A field that the tip has put back makes it `reverted`; one that
 * the tip has otherwise, `superseded`: a change set is applied whole or not at all. Pure.
 */
export function mergedChangeOf(renders: MergeRenders): MergedChange {
  const { fork, head, parent, linear, merged, tip } = renders
  if (merged === undefined) return { kind: 'gone', message: 'The merge commit does not render the workload.' }
  if (tip === undefined) return { kind: 'gone', message: 'A later commit removed the workload from Git.' }
  const branch = head === undefined ? [] : changedFields(fork, head)
  const fields = outermost([...branch, ...changedFields(parent, merged)]).flatMap((path) => {
    const field = {
      path,
      before: [fork, parent].map((object) => at(object, path)),
      after: at(merged, path),
      now: at(tip, path),
    }
    // The parent of a rebase may be an earlier commit of the branch: its head tells what the branch comes to.
    const isStill = (object: KubeObject | undefined) => equalJson(at(object, path), field.after)
    const idle = isStill(fork) && (isStill(parent) || (linear && head !== undefined && isStill(head)))
    return idle ? [] : [field]
  })
  const moved = fields.filter(({ after, now }) => !equalJson(after, now))
  const names = (list: typeof fields) => list.map(({ path }) => formatFieldPath(path)).join(', ')
  const reverted = moved.filter(({ before, now }) => before.some((value) => equalJson(value, now)))
  if (reverted.length > 0) {
    return { kind: 'reverted', message: `A later commit put back what was before: ${names(reverted)}.` }
  }
  if (moved.length > 0) {
    return {
      kind: 'superseded',
      changes: fields.map(({ path, now }) => changeTo(path, now)),
      message: `A later commit changed it to something else: ${names(moved)}.`,
    }
  }
  const undo = fields.map(({ path, before, after }) =>
    changeTo(
      path,
      before.find((value) => !equalJson(value, after)),
    ),
  )
  const undone = applyChanges(asJson(merged), undo)
  return {
    kind: 'apply',
    changes: fields.map(({ path, after }) => changeTo(path, after)),
    renderedDigest: digest(canonicalJson(asJson(merged))),
    before: isKubeObject(undone) ? undone : merged,
    after: merged,
  }
}

/** Fields that Git may decide: spec, labels and annotations. Never status, identity or what the API server keeps. */
function changedFields(before: KubeObject | undefined, after: KubeObject): readonly FieldPath[] {
  return differences(decidable(before), decidable(after)).map(({ path }) => path)
}

function decidable(object: KubeObject | undefined): Json {
  const { spec, metadata } = object === undefined ? {} : asJson(object)
  const { labels, annotations } = isObject(metadata) ? metadata : {}
  return { spec: spec ?? {}, metadata: { labels: labels ?? {}, annotations: annotations ?? {} } }
}

function outermost(paths: readonly FieldPath[]): readonly FieldPath[] {
  const unique = [...new Set(paths.map(formatFieldPath))].map(parseFieldPath)
  return unique.filter((path) => !unique.some((other) => other !== path && isWithin(path, other)))
}

function at(object: KubeObject | undefined, path: FieldPath): Json | undefined {
  return object === undefined ? undefined : valueAt(asJson(object), path)
}

function changeTo(path: FieldPath, value: Json | undefined): FieldChange {
  const field = formatFieldPath(path)
  return value === undefined ? { op: 'remove', field } : { op: 'set', field, value }
}
