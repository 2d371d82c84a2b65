import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { isObject, type Json } from '#src/domain/json.ts'
import { groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import type { EngineHosts } from '#src/manifests/kustomize/engine-hosts.ts'
import { generatorCandidates, generatorsOf } from '#src/manifests/kustomize/kustomize-generators.ts'
import { withoutHash } from '#src/manifests/kustomize/kustomize-hash.ts'
import {
  imageCandidates,
  imageTextCandidates,
  replicaCandidates,
} from '#src/manifests/kustomize/kustomize-images.ts'
import { leafChanges } from '#src/manifests/kustomize/kustomize-merge.ts'
import { metadataCandidates } from '#src/manifests/kustomize/kustomize-metadata.ts'
import { inOrderOfPrecedence } from '#src/manifests/kustomize/kustomize-order.ts'
import {
  type Host,
  patchCandidates,
  patchEntries,
  transformerPatches,
} from '#src/manifests/kustomize/kustomize-patches.ts'
import { replacementCandidates } from '#src/manifests/kustomize/kustomize-replacements.ts'
import type { Known, Likelihood } from '#src/manifests/kustomize/kustomize-selector.ts'
import { variableCandidates } from '#src/manifests/kustomize/variable-candidates.ts'
import type { ObjectPlace } from '#src/manifests/yaml/edit-manifest-text.ts'
import { objectsOf, type PlacedObject } from './target-match.ts'

/** One place where a field may come from: what the value at `place` of `file` would have to become. */
export interface EditCandidate {
  readonly file: string
  readonly place: ObjectPlace
  /** The new value for a given present one; undefined when this place cannot make the change. */
  readonly change: (present: Json) => Json | undefined
  readonly kind:
    | 'image entry'
    | 'replicas entry'
    | 'labels'
    | 'generator'
    | 'variable'
    | 'replacement source'
    | 'patch'
    | 'inline patch'
    | 'manifest'
    | 'overlay'
    | 'values'
  /** Absent: the place sets the field. Otherwise it could, and another one, or none, does so now. */
  readonly rank?: CandidateRank
  /** Instead of `change`, where the file is no YAML: its new text, undefined when it cannot make the change. */
  readonly changeText?: (present: string) => string | undefined
  /** Files that come with the change: whole texts by path, none of which exists. */
  readonly adds?: ReadonlyMap<string, string>
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
  /** Where an engine's object says what it adds, and its variables. */
  readonly engine?: EngineHosts & { readonly substitute?: Readonly<Record<string, string>> }
}

/** How much a candidate promises; the order to try them in, and within one, the order in which they count. */
const RANKS = ['sets', 'manifest', 'might set', 'unlikely'] as const
export type CandidateRank = (typeof RANKS)[number]

/** True for a place that says nothing of the field yet, where another one sets it or none does. */
export function isNewPlace({ rank }: EditCandidate): boolean {
  return rank === 'might set' || rank === 'unlikely'
}

interface Ranked {
  readonly rank: CandidateRank
  readonly candidate: EditCandidate
}

/**
 * Where one field of a rendered object may come from, in the order to try: what sets it, the last that counts first
 * (outermost kustomization; replacements, `images:`, `replicas:`, labels, patches, generators), then the manifest itself,
 * then patches that could set it. These are guesses; only building tells which one is right.
 */
export function editCandidates(
  sources: KustomizeSources,
  rendered: KubeObject,
  change: FieldChange,
): readonly EditCandidate[] {
  const hosts = hostsOf(sources)
  const known: Known = { rendered, names: namesOf(sources, hosts, rendered) }
  const found = hosts.flatMap((host) => hostCandidates(sources, hosts, host, known, change))
  const patchFiles = new Set(
    hosts.flatMap((host) =>
      [...patchEntries(sources, host), ...transformerPatches(sources, host)].map(({ text }) =>
        text.kind === 'file' ? text.file.file : undefined,
      ),
    ),
  )
  const manifests = sources.others
    .filter(({ file }) => !patchFiles.has(file))
    .flatMap((each) => manifestsIn(each, rendered))
    .sort((a, b) => likeness(b.object, rendered) - likeness(a.object, rendered))
    .map(({ file, place }): Ranked => {
      const candidate = { file, place, change: manifestChange(rendered, change), kind: 'manifest' } as const
      return { rank: 'manifest', candidate }
    })
  const variables = variableCandidates(sources, rendered, change).map(
    (candidate): Ranked => ({ rank: 'sets', candidate }),
  )
  const ranked = [...variables, ...found, ...manifests]
  return RANKS.flatMap((rank) => ranked.filter((each) => each.rank === rank)).map(({ candidate, rank }) => ({
    ...candidate,
    rank,
  }))
}

/** Kustomizations and configurations of transformers, those whose say counts last first. */
export function hostsOf(sources: KustomizeSources): readonly Host[] {
  const builtin = sources.others.flatMap(({ file, documents }) =>
    documents.flatMap((json, document): Host[] =>
      isObject(json) && json['apiVersion'] === 'builtin' ? [{ file, place: { document, at: [] }, json }] : [],
    ),
  )
  const kustomizations = inOrderOfPrecedence(sources.kustomizations).flatMap(
    ({ file, documents }): Host[] => {
      const [json] = documents
      return isObject(json) ? [{ file, place: { document: 0, at: [] }, json }] : []
    },
  )
  return [...(sources.engine?.hosts ?? []), ...builtin.toReversed(), ...kustomizations]
}

/** Every name that the object may have had on its way, its own among them. */
export function namesOf(
  sources: KustomizeSources,
  hosts: readonly Host[],
  rendered: KubeObject,
): ReadonlySet<string> {
  const { name } = rendered.metadata
  const manifests = sources.others.flatMap((each) => manifestsIn(each, rendered))
  const generators =
    rendered.kind === 'ConfigMap' || rendered.kind === 'Secret'
      ? hosts.flatMap((host) => generatorsOf(host, rendered.kind as 'ConfigMap' | 'Secret'))
      : []
  const generated = generators.map(({ json }) => String(json['name'])).filter((each) => name.includes(each))
  return new Set([
    name,
    withoutHash(name),
    ...manifests.map(({ object }) => object.metadata.name),
    ...generated,
  ])
}

/** What one kustomization or transformer may do to the field, the last that counts first. */
function hostCandidates(
  sources: KustomizeSources,
  hosts: readonly Host[],
  host: Host,
  known: Known,
  change: FieldChange,
): readonly Ranked[] {
  const setting = (candidates: readonly EditCandidate[]) =>
    candidates.map((candidate): Ranked => ({ rank: 'sets', candidate }))
  const entries =
    host.json['apiVersion'] === 'builtin' ? transformerPatches(sources, host) : patchEntries(sources, host)
  const patches = entries
    .toReversed()
    .flatMap((entry) => patchCandidates(host, entry, known, change))
    .map(({ candidate, sets, likelihood }): Ranked => ({ candidate, rank: rankOf(sets, likelihood) }))
  const generators = generatorCandidates(sources, host, known, change).map(
    ({ candidate, sets }): Ranked => ({ candidate, rank: rankOf(sets, 'yes') }),
  )
  return [
    ...setting(replacementCandidates(sources, hosts, host, known, change)),
    ...setting(imageCandidates(host, known, change)),
    ...setting(imageTextCandidates(host, known, change)),
    ...setting(replicaCandidates(host, known, change)),
    ...setting(metadataCandidates(host, known, change)),
    ...patches,
    ...generators,
  ]
}

function rankOf(sets: boolean, likelihood: Likelihood): Ranked['rank'] {
  if (likelihood === 'unlikely') return 'unlikely'
  return sets ? 'sets' : 'might set'
}

/** Manifests of the target's kind whose name may become the target's by a prefix, suffix or hash. */
export function manifestsIn(
  file: ParsedFile,
  rendered: KubeObject,
): readonly (PlacedObject & { readonly file: string })[] {
  return objectsOf(file.documents)
    .filter(
      ({ object }) =>
        object.kind === rendered.kind &&
        groupOf(object.apiVersion) === groupOf(rendered.apiVersion) &&
        rendered.metadata.name.includes(object.metadata.name),
    )
    .map((placed) => ({ ...placed, file: file.file }))
}

/** How sure it is that a manifest is the target's: the same name, or else as much of it as possible. */
function likeness(object: KubeObject, rendered: KubeObject): number {
  const sameNamespace = object.metadata.namespace === rendered.metadata.namespace ? 1 : 0
  return 2 * object.metadata.name.length + sameNamespace
}

/** Changes only what differs, so that what overlays add stays theirs; else all of the field. */
function manifestChange(rendered: KubeObject, change: FieldChange): (present: Json) => Json | undefined {
  const leaves = leafChanges(rendered, change)
  return (present) => changedAt(present, leaves) ?? changedAt(present, [change])
}

/** The JSON with the changes made; undefined when they do not fit there. */
function changedAt(present: Json, changes: readonly FieldChange[]): Json | undefined {
  try {
    return applyChanges(present, changes)
  } catch {
    return undefined
  }
}
