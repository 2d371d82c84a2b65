import { type FieldPath, formatFieldPath, valueAt, withValueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject, ownMember } from '#src/domain/json.ts'
import type { ChartContents } from './helm-contents.ts'

/** One value that a chart's templates may read: a scalar, null, or an empty collection. */
export interface ValuesLeaf {
  readonly path: FieldPath
  readonly value: Json
}

/**
 * What the templates see as `.Values`: the layers on each other, then over the chart's own values, and these over its
 * subcharts' under their keys. Maps are merged, lists are replaced, a null removes what lies below it.
 */
export function effectiveValues(chart: ChartContents, layers: readonly JsonObject[]): JsonObject {
  const given = layers.reduce<JsonObject>((merged, layer) => merge(merged, layer, keepNull), {})
  return merge(defaultsOf(chart), given, dropNull)
}

/** The values of a chart and of its subcharts before any layer. */
function defaultsOf(chart: ChartContents): JsonObject {
  return merge(defaultsBelow(chart), chart.values, keepNull)
}

/** What the subcharts set by themselves, under their keys. */
export function defaultsBelow(chart: ChartContents): JsonObject {
  const users = chart.subcharts.filter((each) => !each.chart.isLibrary)
  return Object.fromEntries(users.map((each) => [each.key, defaultsOf(each.chart)]))
}

const keepNull = () => null
const dropNull = () => undefined

function merge(base: JsonObject, over: JsonObject, onNull: () => null | undefined): JsonObject {
  const merged = new Map(Object.entries(base))
  for (const [key, value] of Object.entries(over)) {
    const before = merged.get(key)
    if (value === null) {
      const left = onNull()
      if (left === null) merged.set(key, null)
      else merged.delete(key)
    } else if (isObject(value)) merged.set(key, merge(isObject(before) ? before : {}, value, onNull))
    else if (value !== undefined) merged.set(key, value)
  }
  return Object.fromEntries(merged)
}

export function leavesOf(value: Json, path: FieldPath = []): readonly ValuesLeaf[] {
  const below: readonly (readonly [FieldPath[number], Json | undefined])[] = isObject(value)
    ? Object.entries(value).map(([member, each]) => [{ member }, each] as const)
    : isArray(value)
      ? value.map((each, index) => [{ index }, each] as const)
      : []
  if (below.length === 0) return path.length === 0 ? [] : [{ path, value }]
  return below.flatMap(([segment, each]) => (each === undefined ? [] : leavesOf(each, [...path, segment])))
}

/** A value set (undefined: removed) at a path of the effective values. */
export interface ValueSet {
  readonly path: FieldPath
  readonly value: Json | undefined
}

/** One more layer that makes these changes on top of everything. Lists are replaced, so they are given whole. */
export function overlayOf(effective: JsonObject, sets: readonly ValueSet[]): JsonObject {
  let working: Json = effective
  for (const { path, value } of sets) working = withValueAt(cleared(working, path), path, value)
  return sets.reduce<JsonObject>((overlay, { path }) => {
    const whole = upToList(effective, path)
    const value = valueAt(working, whole) ?? null
    const next = withValueAt(cleared(overlay, whole), whole, value)
    return isObject(next) ? next : overlay
  }, {})
}

/** The path without what lies in a list: what a layer sets or leaves as a whole. */
export function upToList(values: Json, path: FieldPath): FieldPath {
  let here: Json | undefined = values
  for (const [i, segment] of path.entries()) {
    if (!('member' in segment) || isArray(here)) return path.slice(0, i)
    here = ownMember(here, segment.member)
  }
  return path
}

/** The value with what stands in the way of a path (null, or a scalar where a map is needed) removed. */
export function cleared(value: Json, path: FieldPath): Json {
  for (let i = 1; i < path.length; i++) {
    const above = path.slice(0, i)
    const here = valueAt(value, above)
    if (here === undefined) return value
    const next = path[i]
    const fits = next !== undefined && 'member' in next ? isObject(here) : isArray(here)
    if (!fits) return withValueAt(value, above, undefined)
  }
  return value
}

/** True when a layer decides about a path: it sets it, or sets something that stands in its way. */
export function decides(layer: Json, path: FieldPath): boolean {
  let here: Json | undefined = layer
  for (const segment of path) {
    if (!isObject(here) || !('member' in segment)) return here !== undefined
    here = ownMember(here, segment.member)
    if (here === undefined) return false
  }
  return true
}

export function pathKey(path: FieldPath): string {
  return formatFieldPath(path)
}
