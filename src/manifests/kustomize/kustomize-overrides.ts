import { posix } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { KustomizeOverrides } from '#src/domain/root.ts'
import { folderOf, isBelow } from '#src/manifests/repository-files.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'
import { looksRemote } from './kustomization.ts'
import { isKustomizationFile } from './kustomization-graph.ts'

/**
 * The text of the kustomization that an engine builds: the folder's own one with what the engine adds to it, as Flux
 * (`fluxcd/pkg/kustomize`, its generator) and Argo CD (`kustomize edit set …`) write it; in JSON, which is YAML. Without
 * one of its own (Flux), a folder is a kustomization of `plain`, see `plainResources`. RenderFailed.
 *
 * - namespace, prefix and suffix replace those that stand there;
 * - `images` and `replicas` replace the entries of the same name, and others come behind;
 * - `patches` and `components` come behind those that are there;
 * - common labels and annotations go wherever kustomize puts such.
 * `labels`, `annotations` and `substitute` are no part of it: they happen to what was built.
 */
export function overriddenKustomization(
  text: string | undefined,
  plain: readonly string[],
  overrides: KustomizeOverrides,
): string {
  const own = text === undefined ? generated(plain) : parsed(text)
  const { namespace, namePrefix, nameSuffix, commonLabels, commonAnnotations } = overrides
  const written: JsonObject = {
    ...own,
    ...(namespace === undefined ? {} : { namespace }),
    ...(namePrefix === undefined ? {} : { namePrefix }),
    ...(nameSuffix === undefined ? {} : { nameSuffix }),
    ...lists(own, overrides),
    ...pairs(own, 'commonLabels', commonLabels),
    ...pairs(own, 'commonAnnotations', commonAnnotations),
  }
  return `${JSON.stringify(written, null, 2)}\n`
}

/** True when the engine adds nothing to the kustomization itself. */
export function leavesKustomization(overrides: KustomizeOverrides): boolean {
  const { site, sites, substitute, labels, annotations, ...rest } = overrides
  return Object.values(rest).every((each) => each === undefined)
}

/**
 * What Flux makes a kustomization of where a folder has none: every YAML file below it, by paths relative to it, and
 * each folder with a kustomization of its own as a whole.
 */
export function plainResources(paths: Iterable<string>, folder: string): readonly string[] {
  const below = [...paths].filter((path) => isBelow(path, folder) && path !== folder)
  const own = new Set(below.filter(isKustomizationFile).map(folderOf))
  const resources = new Set<string>()
  for (const path of below) {
    const inner = outermost(path, folder, own)
    if (inner !== undefined) resources.add(inner)
    else if (/\.ya?ml$/.test(path)) resources.add(path)
  }
  return [...resources].map((path) => `./${posix.relative(folder === '' ? '.' : folder, path)}`).sort()
}

/** The outermost folder around a path, below the given one, that has a kustomization. */
function outermost(path: string, folder: string, own: ReadonlySet<string>): string | undefined {
  let found: string | undefined
  for (let here = folderOf(path); here !== folder && here !== ''; here = folderOf(here)) {
    if (own.has(here)) found = here
  }
  return found
}

function generated(plain: readonly string[]): JsonObject {
  return { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources: plain }
}

function parsed(text: string): JsonObject {
  const read = parseManifestText(text)
  if (isUnparsable(read))
    throw new OperatorError('RenderFailed', `the kustomization cannot be read: ${read.error}`)
  const json = read.documents[0]?.json ?? {}
  if (!isObject(json)) throw new OperatorError('RenderFailed', 'the kustomization is not a mapping')
  return json
}

function lists(own: JsonObject, overrides: KustomizeOverrides): JsonObject {
  const { images, replicas, patches, components } = overrides
  const more: Record<string, Json> = {}
  if (images !== undefined) more['images'] = byName(own['images'], images)
  if (replicas !== undefined) more['replicas'] = byName(own['replicas'], replicas)
  if (patches !== undefined) more['patches'] = [...list(own['patches']), ...patches.map(patchEntry)]
  if (components !== undefined) more['components'] = [...list(own['components']), ...components]
  return more
}

/** Entries by name: a given one takes the place of the one there, as a whole. */
function byName(present: Json | undefined, given: readonly JsonObject[]): readonly Json[] {
  const replaced = new Map(given.map((entry) => [entry['name'], entry]))
  const kept = list(present).map((entry) => {
    const other = isObject(entry) ? replaced.get(entry['name']) : undefined
    if (other !== undefined) replaced.delete(other['name'])
    return other ?? entry
  })
  return [...kept, ...replaced.values()]
}

/**
 * Engines take a patch as text; a mapping or a list of operations is written as one. A file it names lies in the
 * repository, like every other.
 */
function patchEntry(patch: JsonObject): JsonObject {
  const { patch: content, path } = patch
  if (typeof path === 'string' && (looksRemote(path) || path.startsWith('/')))
    throw new OperatorError(
      'RenderFailed',
      `an engine's patch names ${JSON.stringify(path)}, which is not read`,
    )
  return isObject(content) || isArray(content) ? { ...patch, patch: JSON.stringify(content) } : patch
}

/**
 * The object with the labels and annotations that the engine puts onto the metadata of everything it built (Flux
 * `commonMetadata`, `SetCommonMetadata` of fluxcd/pkg/ssa). kustomize itself cannot: where labels share a value, its
 * transformers change them all.
 */
export function withCommonMetadata(object: KubeObject, overrides: KustomizeOverrides): KubeObject {
  const { labels, annotations } = overrides
  if (labels === undefined && annotations === undefined) return object
  const { metadata } = object
  const more = {
    ...(labels === undefined ? {} : { labels: { ...metadata.labels, ...labels } }),
    ...(annotations === undefined ? {} : { annotations: { ...metadata.annotations, ...annotations } }),
  }
  return { ...object, metadata: { ...metadata, ...more } }
}

function pairs(
  own: JsonObject,
  field: 'commonLabels' | 'commonAnnotations',
  values: Readonly<Record<string, string>> | undefined,
): JsonObject {
  if (values === undefined) return {}
  const present = own[field]
  return { [field]: { ...(isObject(present) ? present : {}), ...values } }
}

function list(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : []
}
