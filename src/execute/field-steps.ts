import { canonicalJson, equalJson, isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'

/**
 * One step of a path as server-side apply sees it: a member, an item of a list map by all its keys, a value of a set, or
 * a position. Unlike a `FieldPath` of the domain, every list step is the API server's own identity of the item.
 */
export type Step =
  | { readonly member: string }
  | { readonly keys: JsonObject }
  | { readonly value: Json }
  | { readonly index: number }

export type Steps = readonly Step[]

/** The position of the item that a list step names, or -1. */
export function itemIndex(list: readonly Json[], step: Exclude<Step, { member: string }>): number {
  if ('index' in step) return step.index < list.length ? step.index : -1
  if ('value' in step) return list.findIndex((item) => equalJson(item, step.value))
  const { keys } = step
  return list.findIndex(
    (item) =>
      isObject(item) &&
      Object.keys(keys).every(
        (key) => equalJson(item[key], keys[key]) || (item[key] === undefined && keys[key] === 'TCP'),
      ),
  )
}

export function valueAtSteps(root: Json | undefined, steps: Steps): Json | undefined {
  return steps.reduce<Json | undefined>((here, step) => {
    if ('member' in step)
      return isObject(here) && Object.hasOwn(here, step.member) ? here[step.member] : undefined
    return isArray(here) ? here[itemIndex(here, step)] : undefined
  }, root)
}

/** One text per path, for sets and maps. */
export function stepsKey(steps: Steps): string {
  return steps.map((step) => canonicalJson(step)).join('/')
}

export function startsWith(steps: Steps, prefix: Steps): boolean {
  return (
    prefix.length <= steps.length &&
    prefix.every((step, i) => canonicalJson(step) === canonicalJson(steps[i] as Step))
  )
}

/** As the API server writes fields into conflicts: `.spec.template.spec.containers[name="web"].image`. */
export function formatSteps(steps: Steps): string {
  return steps
    .map((step) => {
      if ('member' in step) return `.${step.member}`
      if ('index' in step) return `[${step.index}]`
      if ('value' in step) return `[=${JSON.stringify(step.value)}]`
      const keys = Object.keys(step.keys)
        .sort()
        .map((key) => `${key}=${JSON.stringify(step.keys[key])}`)
      return `[${keys.join(',')}]`
    })
    .join('')
}

/**
 * An object that holds exactly the given values at their paths, each list item with its keys. Later entries win over
 * earlier ones at the same place.
 */
export function compose(entries: readonly { readonly steps: Steps; readonly value: Json }[]): JsonObject {
  const root = entries.reduce<Json | undefined>((here, { steps, value }) => place(here, steps, value), {})
  return isObject(root) ? root : {}
}

function place(here: Json | undefined, steps: Steps, value: Json): Json {
  const [step, ...rest] = steps
  if (step === undefined) return isObject(here) && isObject(value) ? { ...here, ...value } : value
  if ('member' in step) {
    const object = isObject(here) ? here : {}
    return { ...object, [step.member]: place(object[step.member], rest, value) }
  }
  const list = isArray(here) ? here : []
  const index = itemIndex(list, step)
  const fresh: Json | undefined = 'keys' in step ? step.keys : 'value' in step ? step.value : undefined
  const item = place(index < 0 ? fresh : list[index], rest, value)
  return index < 0 ? [...list, item] : list.with(index, item)
}
