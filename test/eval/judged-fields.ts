import { formatFieldPath, parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { equalJson, isArray, isObject, type Json, ownMember } from '#src/domain/json.ts'
import { quantity } from '#src/domain/quantity.ts'
import type { Condition } from './expectation.ts'

/**
 * Where two values differ, down to the leaves, as paths: lists by `name` where every item of both sides has one, else by
 * position.
 */
export function differingPaths(
  before: Json | undefined,
  after: Json | undefined,
  at = '',
): readonly string[] {
  if (equalJson(before, after)) return []
  if (isMap(before) && isMap(after) && (isObject(before) || isObject(after))) {
    const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
    if (keys.size > 0)
      return [...keys].flatMap((key) =>
        differingPaths(ownMember(before, key), ownMember(after, key), `${at}${memberText(key, at)}`),
      )
  }
  if (isList(before) && isList(after) && (before ?? after)?.length !== 0) {
    const lists = [before ?? [], after ?? []]
    const names = new Set(lists.flat().map((item) => ownMember(item, 'name')))
    if (lists.every(isNamed))
      return [...names].flatMap((name) =>
        differingPaths(itemOf(before, name), itemOf(after, name), `${at}[name=${String(name)}]`),
      )
    const length = Math.max(...lists.map((list) => list.length))
    return Array.from({ length }, (_, i) => differingPaths(before?.[i], after?.[i], `${at}[${i}]`)).flat()
  }
  return [at]
}

/** True when the path is one of the fields, below one, or the name of a list item that a field is part of. */
export function isNamedBy(path: string, fields: readonly string[]): boolean {
  return fields.some((given) => {
    const field = formatFieldPath(parseFieldPath(given))
    if (path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`)) return true
    const item = /^(.*\[name=([^\]]*)\])\.name$/.exec(path)?.[1]
    return item !== undefined && (field === item || field.startsWith(`${item}.`))
  })
}

/** What stands in the way of a field's condition; undefined where it holds. */
export function unmet(object: Json | undefined, field: string, condition: Condition): string | undefined {
  const value = valueAt(object, parseFieldPath(field))
  const shown = value === undefined ? 'absent' : JSON.stringify(value)
  if (holds(value, condition)) return undefined
  return `${field} is ${shown}, expected ${JSON.stringify(condition)}`
}

function holds(value: Json | undefined, condition: Condition): boolean {
  if ('equals' in condition) return equalJson(value, condition.equals as Json)
  if ('oneOf' in condition) return condition.oneOf.some((each) => equalJson(value, each as Json))
  if ('absent' in condition) return (value === undefined) === condition.absent
  const amount = quantity(value)
  const [min, max] = [quantity(condition.min), quantity(condition.max)]
  return amount !== undefined && (min === undefined || amount >= min) && (max === undefined || amount <= max)
}

function isMap(value: Json | undefined): boolean {
  return value === undefined || isObject(value)
}

function isList(value: Json | undefined): value is readonly Json[] | undefined {
  return value === undefined || isArray(value)
}

function isNamed(list: readonly Json[]): boolean {
  return list.every((item) => typeof ownMember(item, 'name') === 'string')
}

function itemOf(list: readonly Json[] | undefined, name: Json | undefined): Json | undefined {
  return list?.find((item) => ownMember(item, 'name') === name)
}

function memberText(key: string, at: string): string {
  const text = formatFieldPath([{ member: key }])
  return at === '' || text.startsWith('[') ? text : `.${text}`
}
