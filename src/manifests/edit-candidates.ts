import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { jsonPointer, parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import { editInlineManifest, type ObjectPlace } from './edit-manifest-text.ts'
import { type ImageReference, parseImage } from './image-reference.ts'
import { objectsOf } from './target-match.ts'
import { isUnparsable, parseManifestText } from './yaml-text.ts'

/** One place where a field may come from: what the value at `place` of `file` would have to become. */
export interface EditCandidate {
  readonly file: string
  readonly place: ObjectPlace
  /** The new value for a given present one; undefined when this place cannot make the change. */
  readonly change: (present: Json) => Json | undefined
  readonly kind: 'image entry' | 'patch' | 'inline patch' | 'manifest'
}

/** Parsed documents of a file. */
export interface ParsedFile {
  readonly file: string
  readonly documents: readonly Json[]
}

export interface KustomizeSources {
  /** The root's own kustomization first, then those it reaches. */
  readonly kustomizations: readonly ParsedFile[]
  readonly others: readonly ParsedFile[]
  /** Resolves a path that a kustomization names to a file of the repository. */
  readonly resolve: (path: string, kustomization: string) => string | undefined
}

/**
 * Where one field of a rendered object may come from, in the order to try: `images:` of the kustomizations (outermost
 * first), patches that set the field, the manifest itself, patches that could set it. These are guesses; only building
 * tells which one is right.
 */
export function editCandidates(
  sources: KustomizeSources,
  rendered: KubeObject,
  change: FieldChange,
): readonly EditCandidate[] {
  const patches = sources.kustomizations.flatMap((each) => patchCandidates(sources, each, rendered, change))
  const patchFiles = new Set(patches.map(({ candidate }) => candidate.file))
  const manifests = sources.others.filter(({ file }) => !patchFiles.has(file))
  const setting = patches.filter(({ sets }) => sets)
  const possible = change.op === 'set' ? patches.filter(({ sets }) => !sets) : []
  return [
    ...sources.kustomizations.flatMap((each) => imageCandidates(each, rendered, change)),
    ...setting.map(({ candidate }) => candidate),
    ...manifests.flatMap((each) => manifestCandidates(each, rendered, change)),
    ...possible.map(({ candidate }) => candidate),
  ]
}

function imageCandidates(
  kustomization: ParsedFile,
  rendered: KubeObject,
  change: FieldChange,
): readonly EditCandidate[] {
  const [json] = kustomization.documents
  const images = isObject(json) ? json['images'] : undefined
  const before = valueAt(asJson(rendered), parseFieldPath(change.field))
  if (
    !isArray(images) ||
    change.op !== 'set' ||
    typeof change.value !== 'string' ||
    typeof before !== 'string'
  )
    return []
  const old = parseImage(before)
  const wanted = parseImage(change.value)
  return images.flatMap((entry, i): EditCandidate[] =>
    isObject(entry) && [entry['newName'], entry['name']].includes(old.name)
      ? [
          {
            file: kustomization.file,
            place: { document: 0, at: ['images', i] },
            change: (present) => (isObject(present) ? imageEntry(present, wanted) : undefined),
            kind: 'image entry',
          },
        ]
      : [],
  )
}

/** An `images:` entry that leads to the wanted image: only the members that have to change do. */
function imageEntry(entry: JsonObject, wanted: ImageReference): Json {
  const { newName, newTag: _tag, digest: _digest, ...rest } = entry
  const name = newName ?? rest['name']
  return {
    ...rest,
    ...(newName !== undefined || name !== wanted.name ? { newName: wanted.name } : {}),
    ...(wanted.tag !== undefined ? { newTag: wanted.tag } : {}),
    ...(wanted.digest !== undefined ? { digest: wanted.digest } : {}),
  }
}

interface PatchCandidate {
  readonly candidate: EditCandidate
  /** True when the patch sets the field now. */
  readonly sets: boolean
}

function patchCandidates(
  sources: KustomizeSources,
  kustomization: ParsedFile,
  rendered: KubeObject,
  change: FieldChange,
): readonly PatchCandidate[] {
  const [json] = kustomization.documents
  if (!isObject(json)) return []
  const found: PatchCandidate[] = []
  const inFile = (path: Json | undefined) => {
    const file = typeof path === 'string' ? sources.resolve(path, kustomization.file) : undefined
    const parsed = sources.others.find((each) => each.file === file)
    for (const [document, value] of (parsed?.documents ?? []).entries()) {
      found.push(
        ...ofPatch(value, rendered, change).map((each) =>
          inDocument(each, parsed?.file ?? '', { document, at: [] }),
        ),
      )
    }
  }
  const inline = (text: Json | undefined, at: ObjectPlace['at']) => {
    if (typeof text === 'string') found.push(...inlinePatch(kustomization.file, at, text, rendered, change))
  }
  for (const field of ['patches', 'patchesJson6902'] as const) {
    for (const [i, each] of items(json[field])) {
      if (!isObject(each)) continue
      inFile(each['path'])
      inline(each['patch'], [field, i, 'patch'])
    }
  }
  for (const [i, each] of items(json['patchesStrategicMerge'])) {
    if (typeof each === 'string' && each.includes('\n')) inline(each, ['patchesStrategicMerge', i])
    else inFile(each)
  }
  return found
}

/** A way to change the JSON of one patch document. */
interface PatchChange {
  readonly change: (present: Json) => Json | undefined
  readonly sets: boolean
}

function inDocument({ change, sets }: PatchChange, file: string, place: ObjectPlace): PatchCandidate {
  return { candidate: { file, place, change, kind: 'patch' }, sets }
}

/** A patch in a block scalar of the kustomization: the text in it is edited like a file of its own. */
function inlinePatch(
  file: string,
  at: ObjectPlace['at'],
  text: string,
  rendered: KubeObject,
  change: FieldChange,
): readonly PatchCandidate[] {
  const parsed = parseManifestText(text)
  const value = isUnparsable(parsed) ? undefined : parsed.documents[0]?.json
  if (value === undefined) return []
  return ofPatch(value, rendered, change).map(({ change: changed, sets }) => ({
    candidate: {
      file,
      place: { document: 0, at },
      change: (present) => (typeof present === 'string' ? editInlineManifest(present, changed) : undefined),
      kind: 'inline patch',
    },
    sets,
  }))
}

function ofPatch(patch: Json, rendered: KubeObject, change: FieldChange): readonly PatchChange[] {
  if (isArray(patch)) return ofJsonPatch(patch, rendered, change)
  if (!isObject(patch) || patch['$patch'] === 'delete' || patch['kind'] !== rendered.kind) return []
  const sets = valueAt(patch, parseFieldPath(change.field)) !== undefined
  return [{ sets, change: (present) => changedAt(present, change) }]
}

/** The operation of a JSON patch whose path is the field, or one above it. */
function ofJsonPatch(
  patch: readonly Json[],
  rendered: KubeObject,
  change: FieldChange,
): readonly PatchChange[] {
  const pointer = jsonPointer(asJson(rendered), parseFieldPath(change.field))
  if (pointer === undefined || change.op !== 'set') return []
  const index = patch.findLastIndex(
    (each) =>
      isObject(each) &&
      (each['op'] === 'add' || each['op'] === 'replace') &&
      String(each['path']) === pointer,
  )
  if (index < 0) return []
  const { value } = change
  return [
    {
      sets: true,
      change: (present) => {
        const operation = isArray(present) ? present[index] : undefined
        return isArray(present) && isObject(operation)
          ? present.with(index, { ...operation, value })
          : undefined
      },
    },
  ]
}

/** Manifests of the target's kind whose name may become the target's by a prefix or suffix. */
function manifestCandidates(
  file: ParsedFile,
  rendered: KubeObject,
  change: FieldChange,
): readonly EditCandidate[] {
  return objectsOf(file.documents)
    .filter(
      ({ object }) =>
        object.kind === rendered.kind &&
        groupOf(object.apiVersion) === groupOf(rendered.apiVersion) &&
        rendered.metadata.name.includes(object.metadata.name),
    )
    .map(({ place }) => ({
      file: file.file,
      place,
      change: (present) => changedAt(present, change),
      kind: 'manifest' as const,
    }))
}

/** The JSON with the change made; undefined when there is nothing to change there. */
function changedAt(present: Json, change: FieldChange): Json | undefined {
  try {
    return applyChanges(present, [change])
  } catch {
    return undefined
  }
}

function items(value: Json | undefined): readonly (readonly [number, Json])[] {
  return isArray(value) ? [...value.entries()] : []
}
