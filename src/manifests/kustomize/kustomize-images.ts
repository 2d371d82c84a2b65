import type { FieldChange } from '#src/domain/change.ts'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { EditCandidate } from '#src/manifests/edit-candidates.ts'
import { type ImageReference, parseImage } from './image-reference.ts'
import { withoutEntry } from './kustomize-entries.ts'
import { leafChanges } from './kustomize-merge.ts'
import type { Host } from './kustomize-patches.ts'
import { type Known, mayMatch } from './kustomize-selector.ts'

/** An image that is to become another one. */
export interface ImageChange {
  readonly old: ImageReference
  readonly wanted: ImageReference
}

/** The change as one of an image, if it is one: a single text that gets another name, tag or digest. */
export function imageChange(rendered: KubeObject, change: FieldChange): ImageChange | undefined {
  const [leaf, second] = leafChanges(rendered, change)
  if (leaf?.op !== 'set' || second !== undefined || typeof leaf.value !== 'string') return undefined
  const path = parseFieldPath(leaf.field)
  const before = valueAt(asJson(rendered), path)
  if (typeof before !== 'string' || before === '' || /\s/.test(before + leaf.value)) return undefined
  return { old: parseImage(before), wanted: parseImage(leaf.value) }
}

/** Entries of `images:` (and ImageTagTransformers) that may have made the image what it is; the last that counts first. */
export function imageCandidates(host: Host, known: Known, change: FieldChange): readonly EditCandidate[] {
  const images = imageChange(known.rendered, change)
  if (images === undefined) return []
  return entriesOf(host, 'images', 'imageTag').flatMap(({ entry, at }) =>
    mayHaveMade(entry, images.old)
      ? imageEntries(entry, images).map(
          (_each, variant): EditCandidate => ({
            file: host.file,
            place: { ...host.place, at: [...host.place.at, ...at] },
            change: (present) => (isObject(present) ? imageEntries(present, images)[variant] : undefined),
            kind: 'image entry',
          }),
        )
      : [],
  )
}

/** The texts of `name` are anchored regular expressions on the image's name before. */
function mayHaveMade(entry: JsonObject, old: ImageReference): boolean {
  const { name, newName } = entry
  if (typeof newName === 'string' && newName !== '') return newName === old.name
  return typeof name === 'string' && mayMatch(name, old.name)
}

/** An `images:` entry that leads to the wanted image: only the members that have to change do. */
export function imageEntries(entry: JsonObject, { old, wanted }: ImageChange): readonly JsonObject[] {
  const named = wanted.name === old.name ? entry : { ...entry, newName: wanted.name }
  if (wanted.tag === old.tag && wanted.digest === old.digest) return [named]
  const { newTag: _tag, digest: _digest, tagSuffix, ...rest } = named
  const written = {
    ...rest,
    ...(wanted.tag === undefined ? {} : { newTag: wanted.tag }),
    ...(wanted.digest === undefined ? {} : { digest: wanted.digest }),
  }
  return [...suffixesFor(tagSuffix, old, wanted).map((suffix) => ({ ...rest, tagSuffix: suffix })), written]
}

/**
 * Suffixes that make the wanted tag out of the one that the old suffix was added to. kustomize 5 adds it once for each
 * of its rules that finds the field, which is twice for containers of a pod.
 */
function suffixesFor(
  tagSuffix: Json | undefined,
  old: ImageReference,
  wanted: ImageReference,
): readonly string[] {
  if (typeof tagSuffix !== 'string' || tagSuffix === '' || wanted.digest !== undefined) return []
  return [2, 1].flatMap((times) => {
    const added = tagSuffix.repeat(times)
    const base =
      old.tag?.endsWith(added) === true ? old.tag.slice(0, old.tag.length - added.length) : undefined
    if (base === undefined || wanted.tag?.startsWith(base) !== true) return []
    const rest = wanted.tag.slice(base.length)
    const suffix = rest.slice(0, rest.length / times)
    return suffix !== '' && suffix.repeat(times) === rest ? [suffix] : []
  })
}

/** Images as Argo CD writes them, one text each: `nginx:1.2`, `nginx=mirror/nginx:1.2`, `nginx@sha256:…`. */
export function imageTextCandidates(host: Host, known: Known, change: FieldChange): readonly EditCandidate[] {
  const images = imageChange(known.rendered, change)
  const entries = host.json['images']
  if (images === undefined || !isArray(entries)) return []
  const { old, wanted } = images
  const reference = `${wanted.name}${wanted.tag === undefined ? '' : `:${wanted.tag}`}${wanted.digest === undefined ? '' : `@${wanted.digest}`}`
  return [...entries.entries()].toReversed().flatMap(([i, entry]): EditCandidate[] => {
    if (typeof entry !== 'string') return []
    const name = entry.includes('=') ? entry.slice(0, entry.indexOf('=')) : undefined
    const given = parseImage(entry.slice(name === undefined ? 0 : name.length + 1))
    if (given.name !== old.name) return []
    const from = name ?? (wanted.name === old.name ? undefined : given.name)
    return [
      {
        file: host.file,
        place: { ...host.place, at: [...host.place.at, 'images', i] },
        change: () => (from === undefined ? reference : `${from}=${reference}`),
        kind: 'image entry',
      },
    ]
  })
}

/** Entries of `replicas:` (and ReplicaCountTransformers) that name the target. */
export function replicaCandidates(host: Host, known: Known, change: FieldChange): readonly EditCandidate[] {
  const [leaf, second] = leafChanges(known.rendered, change)
  if (leaf?.field !== 'spec.replicas' || second !== undefined) return []
  return entriesOf(host, 'replicas', 'replica')
    .filter(({ entry }) => typeof entry['name'] === 'string' && known.names.has(entry['name']))
    .map(({ at }) =>
      leaf.op === 'remove'
        ? {
            file: host.file,
            place: host.place,
            change: withoutEntry(String(at[0]), Number(at[1])),
            kind: 'replicas entry',
          }
        : {
            file: host.file,
            place: { ...host.place, at: [...host.place.at, ...at] },
            change: (present) => (isObject(present) ? { ...present, count: leaf.value } : undefined),
            kind: 'replicas entry',
          },
    )
}

/** The entries of a kustomization's list, or the one of a transformer of its own; the last first. */
function entriesOf(
  { json }: Host,
  list: string,
  single: string,
): readonly { readonly entry: JsonObject; readonly at: readonly (string | number)[] }[] {
  const found: { entry: JsonObject; at: readonly (string | number)[] }[] = []
  const entries = json[list]
  for (const [i, entry] of (isArray(entries) ? entries : []).entries())
    if (isObject(entry)) found.push({ entry, at: [list, i] })
  const own = json[single]
  if (isObject(own)) found.push({ entry: own, at: [single] })
  return found.toReversed()
}
