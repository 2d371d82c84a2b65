import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'

/** Hexadecimal digits with five of them replaced so that no words come out: kustomize's and kubectl's own alphabet. */
const HASH = /^(.+)-[2456789bcdfghkmt]{10}$/

/** A generated name without its hash suffix; a name without one stays. */
export function withoutHash(name: string): string {
  return HASH.exec(name)?.[1] ?? name
}

/** True for names that differ in nothing but the hash suffix of a generator, or in whether they have one. */
export function sameButForHash(kind: string, a: string, b: string): boolean {
  if (a === b) return true
  return (kind === 'ConfigMap' || kind === 'Secret') && withoutHash(a) === withoutHash(b)
}

/** New names by old ones: of ConfigMaps and Secrets whose hash changed from one render of a root to the next. */
export function hashRenames(
  pairs: readonly { readonly before: KubeObject | undefined; readonly after: KubeObject | undefined }[],
): ReadonlyMap<string, string> {
  const renames = new Map<string, string>()
  for (const { before, after } of pairs) {
    if (before === undefined || after === undefined || before.kind !== after.kind) continue
    const [old, present] = [before.metadata.name, after.metadata.name]
    if (old !== present && sameButForHash(before.kind, old, present)) renames.set(old, present)
  }
  return renames
}

/** The object as it is once the generated names in it have changed: what follows from a new hash, and no more. */
export function withRenames(object: KubeObject, renames: ReadonlyMap<string, string>): KubeObject {
  return renames.size === 0 ? object : (renamed(asJson(object), renames) as unknown as KubeObject)
}

function renamed(value: Json, renames: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') return renames.get(value) ?? value
  if (isArray(value)) return value.map((each) => renamed(each, renames))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      each === undefined ? undefined : renamed(each, renames),
    ]),
  )
}
