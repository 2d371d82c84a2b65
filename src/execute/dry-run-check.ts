import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { expectedAfter } from './apply-intent.ts'
import { formatSteps, type Steps, startsWith, valueAtSteps } from './field-steps.ts'
import type { LeafChange } from './leaf-changes.ts'
import { isSameValue } from './quantity.ts'
import { steppedDifferences } from './stepped-differences.ts'

/**
 * What the API server would make of the object beyond the intended changes, one sentence each: an intended value that
 * came out otherwise, or another field of `spec` that would change. Values that the API server fills in below something
 * new or removed, labels and annotations that admission adds, status and managedFields do not count.
 */
export function surprises(
  live: KubeObject,
  leaves: readonly LeafChange[],
  answer: KubeObject,
): readonly string[] {
  const expected = asWritten(expectedAfter(live, leaves))
  return steppedDifferences(expected, asWritten(asJson(answer))).flatMap(({ steps, before, after }) => {
    const intended = leaves.find((leaf) => startsWith(steps, leaf.steps))
    if (isSameValue(steps, before, after)) return []
    if (before === undefined && leaves.some((leaf) => startsWith(steps, newPart(live, leaf)))) return []
    if (intended === undefined && !isSpec(steps)) return []
    const would = `would become ${shown(after)}`
    return intended === undefined
      ? [`${formatSteps(steps)} ${would}, which nobody asked for`]
      : [`${formatSteps(steps)} ${would} instead of ${shown(before)}`]
  })
}

/** The answer differs from the live object in nothing that a person or Git would write. */
export function isSameAsLive(live: KubeObject, answer: KubeObject): boolean {
  return steppedDifferences(asWritten(asJson(live)), asWritten(asJson(answer))).length === 0
}

/** The part of a leaf's path that does not exist on the live object, or the whole path of what goes away. */
function newPart(live: KubeObject, { steps, after }: LeafChange): Steps {
  if (after === undefined) return steps
  const depth = steps.findIndex((_, i) => valueAtSteps(asJson(live), steps.slice(0, i + 1)) === undefined)
  return depth < 0 ? steps : steps.slice(0, depth + 1)
}

function isSpec(steps: Steps): boolean {
  return startsWith(steps, [{ member: 'spec' }])
}

/** spec, labels and annotations, without empty lists and objects: the API server drops or adds those at will. */
function asWritten(object: Json): JsonObject {
  const { spec, metadata } = isObject(object) ? object : {}
  const { labels, annotations } = isObject(metadata) ? metadata : {}
  const pruned = prune({ spec, metadata: { labels, annotations } })
  return isObject(pruned) ? pruned : {}
}

function prune(value: Json | undefined): Json | undefined {
  if (isArray(value)) return value.length === 0 ? undefined : value.map((item) => prune(item) ?? {})
  if (!isObject(value)) return value
  const members = Object.entries(value).flatMap(([key, child]) => {
    const kept = prune(child)
    return kept === undefined || kept === null ? [] : [[key, kept] as const]
  })
  return members.length === 0 ? undefined : Object.fromEntries(members)
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'absent'
  const text = JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
