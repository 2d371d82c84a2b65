import { posix } from 'node:path'
import type { FieldChange } from '#src/domain/change.ts'
import { parseFieldPath } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import {
  type EditCandidate,
  hostsOf,
  type KustomizeSources,
  manifestsIn,
  namesOf,
} from '#src/manifests/edit-candidates.ts'
import { folderOf } from '#src/manifests/repository-files.ts'
import { manifestText } from '#src/manifests/yaml/edit-manifest-text.ts'
import { withEntry, withEntryNamed } from './kustomize-entries.ts'
import { withoutHash } from './kustomize-hash.ts'
import { imageCandidates, imageChange, imageEntries } from './kustomize-images.ts'
import { newOperation } from './kustomize-json-patch.ts'
import { isBuiltIn, leafChanges, newMergePatch } from './kustomize-merge.ts'
import {
  documentsOf,
  type Host,
  type PatchEntry,
  patchCandidates,
  patchEntries,
} from './kustomize-patches.ts'
import type { Known } from './kustomize-selector.ts'

/**
 * Ways to write a change into the root kustomization of a render, so that nothing else that its bases feed changes, in
 * the order to try: an `images:` entry, a `replicas:` entry, a patch of that kustomization that is aimed at the object
 * already, a new patch in the style of the others there (a file beside theirs, or inline).
 */
export function overlayPatchCandidates(
  sources: KustomizeSources,
  rendered: KubeObject,
  change: FieldChange,
): readonly EditCandidate[] {
  const hosts = hostsOf(sources)
  const root = sources.kustomizations[0]
  const own = hosts.filter(({ file }) => file === root?.file && isObject(root.documents[0]))
  const known: Known = { rendered, names: namesOf(sources, hosts, rendered) }
  return own.flatMap((host) => {
    const overlay: Overlay = { sources, host, known, change, ids: idsOf(sources, host, known) }
    return [
      ...imageEntry(overlay),
      ...replicasEntry(overlay),
      ...existingPatches(overlay),
      ...newPatches(overlay),
    ]
  })
}

interface Overlay {
  readonly sources: KustomizeSources
  readonly host: Host
  readonly known: Known
  readonly change: FieldChange
  readonly ids: readonly PatchId[]
}

/** How a patch of the overlay names the object: as it is when the overlay's patches run. */
interface PatchId {
  readonly name: string
  /** Only where its manifest says one: a patch without a namespace matches none that has one. */
  readonly namespace: string | undefined
}

/** The object's possible names before this kustomization adds its own prefix, suffix and namespace; the likeliest first. */
function idsOf(sources: KustomizeSources, { json }: Host, { rendered, names }: Known): readonly PatchId[] {
  const { namePrefix, nameSuffix } = json
  let name = withoutHash(rendered.metadata.name)
  if (!names.has(name)) name = rendered.metadata.name
  if (typeof namePrefix === 'string' && name.startsWith(namePrefix)) name = name.slice(namePrefix.length)
  if (typeof nameSuffix === 'string' && nameSuffix !== '' && name.endsWith(nameSuffix))
    name = name.slice(0, -nameSuffix.length)
  const manifests = sources.others
    .flatMap((each) => manifestsIn(each, rendered))
    .map(({ object }) => object.metadata)
  const own = manifests.filter((each) => names.has(each.name))
  const ids = [
    ...own.filter((each) => each.name === name).map(({ namespace }) => ({ name, namespace })),
    { name, namespace: undefined },
    ...own.map((each) => ({ name: each.name, namespace: each.namespace })),
    { name: rendered.metadata.name, namespace: rendered.metadata.namespace },
  ]
  return ids.filter((id, i) => ids.findIndex((each) => sameId(each, id)) === i)
}

function sameId(a: PatchId, b: PatchId): boolean {
  return a.name === b.name && a.namespace === b.namespace
}

function inHost({ host }: Overlay, change: EditCandidate['change']): EditCandidate {
  return { file: host.file, place: host.place, change, kind: 'overlay' }
}

function imageEntry(overlay: Overlay): readonly EditCandidate[] {
  const { host, known, change } = overlay
  const images = imageChange(known.rendered, change)
  if (images === undefined) return []
  const [entry] = imageEntries({ name: images.old.name }, images)
  const present = imageCandidates(host, known, change)
  return [...present, ...(entry === undefined ? [] : [inHost(overlay, withEntry('images', entry))])]
}

function replicasEntry(overlay: Overlay): readonly EditCandidate[] {
  const { known, change, ids } = overlay
  const [leaf, second] = leafChanges(known.rendered, change)
  const isCount = leaf?.op === 'set' && leaf.field === 'spec.replicas' && Number.isInteger(leaf.value)
  const [id] = ids
  if (!isCount || second !== undefined || id === undefined || !isBuiltIn(known.rendered)) return []
  const count = leaf.value
  return [
    inHost(
      overlay,
      withEntryNamed('replicas', id.name, (present) => ({ ...present, count })),
    ),
  ]
}

/** Patches of the overlay itself that are aimed at the object, and at no other: those that set the field first. */
function existingPatches({ sources, host, known, change }: Overlay): readonly EditCandidate[] {
  const candidates = patchEntries(sources, host)
    .filter((entry) => isInOverlay(entry, host))
    .toReversed()
    .flatMap((entry) => patchCandidates(host, entry, known, change))
    .filter(({ likelihood }) => likelihood === 'yes')
  return [...candidates.filter(({ sets }) => sets), ...candidates.filter(({ sets }) => !sets)].map(
    ({ candidate }) => candidate,
  )
}

function isInOverlay({ text }: PatchEntry, host: Host): boolean {
  return text.kind === 'inline' || `${text.file.file}`.startsWith(below(folderOf(host.file)))
}

function below(folder: string): string {
  return folder === '' ? '' : `${folder}/`
}

/** A patch of its own. Strategic merge for the API's kinds; operations where it cannot say it or a list has no key. */
function newPatches(overlay: Overlay): readonly EditCandidate[] {
  const { known, change, ids } = overlay
  const { rendered } = known
  const merges = ids.flatMap((id) => {
    const patch = newMergePatch(rendered, change, headOf(rendered, id))
    return patch === undefined ? [] : placedPatch(overlay, patch, undefined, id)
  })
  const operations = leafChanges(rendered, change).map((leaf) => newOperation(rendered, leaf))
  const [id] = ids
  const all = operations.filter((each) => each !== undefined)
  const json =
    id === undefined || all.length < operations.length || all.length === 0
      ? []
      : placedPatch(overlay, all, targetOf(rendered, id), id)
  return isBuiltIn(rendered) || !changesList(change) ? [...merges, ...json] : [...json, ...merges]
}

/** A strategic merge patch of a custom resource would hold the whole list. */
function changesList(change: FieldChange): boolean {
  return parseFieldPath(change.field).some((segment) => !('member' in segment))
}

function headOf(rendered: KubeObject, { name, namespace }: PatchId): Json {
  const metadata = namespace === undefined ? { name } : { name, namespace }
  return { apiVersion: rendered.apiVersion, kind: rendered.kind, metadata }
}

function targetOf(rendered: KubeObject, { name }: PatchId): JsonObject {
  const group = groupOf(rendered.apiVersion)
  const version = rendered.apiVersion.split('/').at(-1) ?? ''
  return { ...(group === '' ? {} : { group }), version, kind: rendered.kind, name }
}

/** The patch where the overlay keeps its patches: in a file like theirs, else inline. */
function placedPatch(
  overlay: Overlay,
  patch: Json,
  target: JsonObject | undefined,
  id: PatchId,
): readonly EditCandidate[] {
  const { sources, host } = overlay
  const entries = patchEntries(sources, host).filter((entry) => isInOverlay(entry, host))
  const files = entries.flatMap(({ text }) => (text.kind === 'file' ? [text.file.file] : []))
  const text = manifestText(patch)
  const fields = new Set(entries.map(({ entry }) => entry?.[0]))
  const isMergeOnly = fields.size === 1 && fields.has('patchesStrategicMerge') && target === undefined
  const add = (path: string) =>
    isMergeOnly
      ? withEntry('patchesStrategicMerge', path)
      : withEntry('patches', { path, ...withTarget(target) })
  if (files.length > 0 && files.length * 2 >= entries.length) {
    const file = freeName(sources, host, files, overlay, id)
    const path = posix.relative(folderOf(host.file) || '.', file)
    return [{ ...inHost(overlay, add(path)), adds: new Map([[file, text]]) }]
  }
  const inline = text.replace(/\n$/, '')
  const entry = isMergeOnly
    ? withEntry('patchesStrategicMerge', inline)
    : withEntry('patches', { ...withTarget(target ?? inlineTarget(overlay, id)), patch: inline })
  return [inHost(overlay, entry)]
}

function withTarget(target: JsonObject | undefined): JsonObject {
  return target === undefined ? {} : { target }
}

/** Inline strategic merge patches say their target where the others there do. */
function inlineTarget({ sources, host, known }: Overlay, id: PatchId): JsonObject | undefined {
  const others = patchEntries(sources, host).filter((entry) => !isArray(documentsOf(entry.text)[0]))
  return others.some(({ target }) => target === undefined)
    ? undefined
    : { kind: known.rendered.kind, name: id.name }
}

/** A file beside the other patches, named like them: `patch-web.yaml` where those begin so, else `web-patch.yaml`. */
function freeName(
  sources: KustomizeSources,
  host: Host,
  files: readonly string[],
  { known, change }: Overlay,
  id: PatchId,
): string {
  const last = files.at(-1) ?? ''
  const folder = below(folderOf(last))
  const extension = posix.extname(last) === '.yml' ? '.yml' : '.yaml'
  const names = files.map((file) => posix.basename(file))
  const object = id.name.replaceAll(/[^A-Za-z0-9._-]/g, '-')
  const field = parseFieldPath(change.field).findLast((segment) => 'member' in segment)?.member ?? 'field'
  const safe = field.replaceAll(/[^A-Za-z0-9._-]/g, '-').toLowerCase()
  const kind = known.rendered.kind.toLowerCase()
  const begin =
    names.some((name) => name.startsWith('patch-')) && !names.some((name) => /-patch\.ya?ml$/.test(name))
  const named = (stem: string) => `${folder}${begin ? `patch-${stem}` : `${stem}-patch`}${extension}`
  const free = (file: string) =>
    sources.resolve(`/${file}`.slice(1), '') === undefined && !files.includes(file)
  const stems = [object, `${object}-${safe}`, `${object}-${kind}-${safe}`]
  for (let i = 2; i < 100; i++) stems.push(`${object}-${safe}-${i}`)
  return stems.map(named).find((file) => free(file)) ?? named(`${object}-${host.file.length}`)
}
