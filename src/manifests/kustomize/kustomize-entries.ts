import { positionOf } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'

/** Takes one entry out of a list of a mapping; the list goes with its last entry. */
export function withoutEntry(field: string, index: number): (present: Json) => Json | undefined {
  return (present) => {
    const list = isObject(present) ? present[field] : undefined
    if (!isObject(present) || !isArray(list) || list[index] === undefined) return undefined
    if (list.length > 1) return { ...present, [field]: list.toSpliced(index, 1) }
    const { [field]: _only, ...rest } = present
    return rest
  }
}

/** Puts one entry at the end of a list of a mapping; the list comes with its first entry. */
export function withEntry(field: string, entry: Json): (present: Json) => Json | undefined {
  return (present) => {
    if (!isObject(present)) return undefined
    const list = present[field] ?? []
    return isArray(list) ? { ...present, [field]: [...list, entry] } : undefined
  }
}

/** Gives the entry of a list that a member tells another content, or adds it at the end. */
export function withEntryNamed(
  field: string,
  name: string,
  entry: (present: JsonObject) => JsonObject,
): (present: Json) => Json | undefined {
  return (present) => {
    const list = isObject(present) ? (present[field] ?? []) : undefined
    if (!isObject(present) || !isArray(list)) return undefined
    const index = positionOf(list, { by: 'name', is: name })
    const old = list[index]
    const next = entry(isObject(old) ? old : { name })
    return { ...present, [field]: index < 0 ? [...list, next] : list.with(index, next) }
  }
}
