/** Raw JSON, as the API server, a manifest or a model sends it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json | undefined }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}

/** The object's own member: keys such as `constructor` are data here, never what JavaScript objects inherit. */
export function ownMember(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** Equality of JSON values; the order of keys does not matter, the order of lists does. */
export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  return canonicalJson(a) === canonicalJson(b)
}

/**
 * True when `live` says everything that `wanted` says: members that only `live` has are what the API server filled in.
 * Lists must agree item by item.
 */
export function includesJson(live: Json | undefined, wanted: Json): boolean {
  if (isObject(wanted)) {
    return Object.entries(wanted).every(
      ([key, value]) => value === undefined || value === null || includesJson(ownMember(live, key), value),
    )
  }
  if (!isArray(wanted)) return equalJson(live, wanted)
  return (
    isArray(live) && live.length === wanted.length && wanted.every((item, i) => includesJson(live[i], item))
  )
}

/** One text per JSON value: keys sorted, absent members left out. Input of every digest. */
export function canonicalJson(value: Json | undefined): string {
  if (value === undefined) return 'undefined'
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`)
  return `{${members.join(',')}}`
}
