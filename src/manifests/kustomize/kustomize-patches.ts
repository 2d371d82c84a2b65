import type { FieldChange } from '#src/domain/change.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import type { EditCandidate, KustomizeSources, ParsedFile } from '#src/manifests/edit-candidates.ts'
import { editManifestText, type ObjectPlace } from '#src/manifests/yaml/edit-manifest-text.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'
import { withoutEntry } from './kustomize-entries.ts'
import { jsonPatchChanges, type PatchChange } from './kustomize-json-patch.ts'
import { mergePatchChanges } from './kustomize-merge.ts'
import { type Known, type Likelihood, selects } from './kustomize-selector.ts'

export interface PatchCandidate {
  readonly candidate: EditCandidate
  /** True when the patch has a say in the field now. */
  readonly sets: boolean
  readonly likelihood: Likelihood
}

/** A kustomization, or the configuration of a transformer, and where it stands. */
export interface Host {
  readonly file: string
  readonly place: ObjectPlace
  readonly json: JsonObject
}

/** Where the text of a patch stands. */
type PatchText =
  | { readonly kind: 'file'; readonly file: ParsedFile }
  | { readonly kind: 'inline'; readonly text: string; readonly at: ObjectPlace['at'] }

/** One patch of a host: an entry of a list, with what it is aimed at. */
export interface PatchEntry {
  readonly text: PatchText
  readonly target: Json | undefined
  /** The list and the position of the entry in the host; undefined where the host is all about this patch. */
  readonly entry: readonly [field: string, index: number] | undefined
}

/** The patches of a kustomization in the order in which they are applied. */
export function patchEntries(sources: KustomizeSources, host: Host): readonly PatchEntry[] {
  const { json } = host
  const entries: PatchEntry[] = []
  for (const [i, each] of items(json['patchesStrategicMerge'])) {
    const at = ['patchesStrategicMerge', i] as const
    const text = typeof each === 'string' ? textOf(sources, host, each, [...at]) : undefined
    if (text) entries.push({ text, target: undefined, entry: at })
  }
  for (const field of ['patches', 'patchesJson6902'] as const) {
    for (const [i, each] of items(json[field])) {
      if (!isObject(each)) continue
      const text = patchText(sources, host, each, [field, i])
      if (text) entries.push({ text, target: each['target'], entry: [field, i] })
    }
  }
  return entries
}

/** The patch of a PatchTransformer, PatchStrategicMergeTransformer or PatchJson6902Transformer. */
export function transformerPatches(sources: KustomizeSources, host: Host): readonly PatchEntry[] {
  const { json } = host
  const texts = [
    patchText(sources, host, json, []),
    inline(json['jsonOp'], ['jsonOp']),
    inline(json['patches'], ['patches']),
    ...items(json['paths']).map(([, path]) => fileText(sources, host, path)),
  ]
  return texts
    .filter((text) => text !== undefined)
    .map((text) => ({ text, target: json['target'], entry: undefined }))
}

function patchText(
  sources: KustomizeSources,
  host: Host,
  entry: JsonObject,
  at: ObjectPlace['at'],
): PatchText | undefined {
  return inline(entry['patch'], [...at, 'patch']) ?? fileText(sources, host, entry['path'])
}

function textOf(
  sources: KustomizeSources,
  host: Host,
  each: string,
  at: ObjectPlace['at'],
): PatchText | undefined {
  return each.includes('\n') ? inline(each, at) : fileText(sources, host, each)
}

function inline(text: Json | undefined, at: ObjectPlace['at']): PatchText | undefined {
  return typeof text === 'string' && text.trim() !== '' ? { kind: 'inline', text, at } : undefined
}

function fileText(sources: KustomizeSources, host: Host, path: Json | undefined): PatchText | undefined {
  const found = typeof path === 'string' ? sources.resolve(path, host.file) : undefined
  const file = found === undefined ? undefined : sources.others.find((each) => each.file === found)
  return file && { kind: 'file', file }
}

/** Ways to make a change in one patch of a host. */
export function patchCandidates(
  host: Host,
  { text, target, entry }: PatchEntry,
  known: Known,
  change: FieldChange,
): readonly PatchCandidate[] {
  const documents = documentsOf(text)
  return documents.flatMap((json, document) => {
    const likelihood = isArray(json) || target !== undefined ? selects(target, known) : names(json, known)
    if (likelihood === 'no' || (isObject(json) && json['$patch'] === 'delete')) return []
    return changesOf(json, known, change).flatMap(({ sets, change: changed, empties }) => {
      const candidate: EditCandidate | undefined =
        empties === undefined
          ? placed(host, text, document, changed)
          : entry && { file: host.file, place: host.place, kind: 'patch', change: withoutEntry(...entry) }
      return candidate === undefined ? [] : [{ candidate, sets, likelihood } as const]
    })
  })
}

export function documentsOf(text: PatchText): readonly Json[] {
  if (text.kind === 'file') return text.file.documents
  const parsed = parseManifestText(text.text)
  return isUnparsable(parsed) ? [] : parsed.documents.map(({ json }) => json)
}

function changesOf(patch: Json, { rendered }: Known, change: FieldChange): readonly PatchChange[] {
  return isArray(patch)
    ? jsonPatchChanges(patch, rendered, change)
    : mergePatchChanges(patch, rendered, change)
}

/** Without a target, a strategic merge patch is aimed at the object that it names. */
function names(patch: Json, { rendered, names: known }: Known): Likelihood {
  const metadata = isObject(patch) ? patch['metadata'] : undefined
  const name = isObject(metadata) ? metadata['name'] : undefined
  if (!isObject(patch) || patch['kind'] !== rendered.kind || typeof name !== 'string') return 'no'
  return known.has(name) ? 'yes' : 'no'
}

function placed(
  host: Host,
  text: PatchText,
  document: number,
  change: (present: Json) => Json | undefined,
): EditCandidate {
  if (text.kind === 'file')
    return { file: text.file.file, place: { document, at: [] }, change, kind: 'patch' }
  return {
    file: host.file,
    place: { ...host.place, at: [...host.place.at, ...text.at] },
    change: (present) => (typeof present === 'string' ? editInline(present, document, change) : undefined),
    kind: 'inline patch',
  }
}

/** The text of manifests inside another's string, with one document changed; undefined when nothing changes. */
export function editInline(
  text: string,
  document: number,
  change: (present: Json) => Json | undefined,
): string | undefined {
  const parsed = parseManifestText(text)
  const present = isUnparsable(parsed) ? undefined : parsed.documents[document]?.json
  const after = present === undefined ? undefined : change(present)
  return after === undefined ? undefined : editManifestText(text, { document, at: [] }, after).text
}

function items(value: Json | undefined): readonly (readonly [number, Json])[] {
  return isArray(value) ? [...value.entries()] : []
}
