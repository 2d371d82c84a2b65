import { isArray, isObject, type Json, type JsonObject, ownMember } from '#src/domain/json.ts'

/** The engines' objects are untrusted: what has another type than expected counts as absent. */
export function at(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  return keys.reduce<Json | undefined>(ownMember, value)
}

/** Not the empty text: the engines' own defaults apply to it. */
export function textAt(value: Json | undefined, ...keys: readonly string[]): string | undefined {
  const found = at(value, ...keys)
  return typeof found === 'string' && found !== '' ? found : undefined
}

export function objectAt(value: Json | undefined, ...keys: readonly string[]): JsonObject | undefined {
  const found = at(value, ...keys)
  return isObject(found) ? found : undefined
}

export function listAt(value: Json | undefined, ...keys: readonly string[]): readonly Json[] {
  const found = at(value, ...keys)
  return isArray(found) ? found : []
}

export function objectsAt(value: Json | undefined, ...keys: readonly string[]): readonly JsonObject[] {
  return listAt(value, ...keys).filter(isObject)
}

export function textsAt(value: Json | undefined, ...keys: readonly string[]): readonly string[] {
  return listAt(value, ...keys).filter((each) => typeof each === 'string')
}

/** A map of texts; undefined where there is none in it. */
export function textMapAt(
  value: Json | undefined,
  ...keys: readonly string[]
): Readonly<Record<string, string>> | undefined {
  const entries = Object.entries(objectAt(value, ...keys) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

export function isTrue(value: Json | undefined, ...keys: readonly string[]): boolean {
  return at(value, ...keys) === true
}
