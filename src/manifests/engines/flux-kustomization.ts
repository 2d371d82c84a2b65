import type { Json, JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { InlineSite, KustomizeOverrides, Root } from '#src/domain/root.ts'
import { targetOf } from '#src/domain/target.ts'
import type { EngineObjects } from './engine-objects.ts'
import type { Destination, EngineSource, Hold, Unrenderable } from './engine-source.ts'
import { fluxSource, ignoredFields, isIncluded, sourceRefOf, suspended } from './flux-source.ts'
import { isTrue, listAt, objectAt, objectsAt, textAt, textMapAt, textsAt } from './reading.ts'
import { clampedPath, joinPath, type Trees } from './tree-index.ts'

/**
 * What a Flux Kustomization builds (kustomize-controller, KustomizationSpec). Its fields go on top of the folder's own
 * kustomization: `images` replace an entry of the same name, patches and components come after the folder's. Variables
 * of `substituteFrom` are taken in order, those of `substitute` win, line breaks in values are dropped.
 */
export function fluxKustomization(objects: EngineObjects, trees: Trees, object: KubeObject): EngineSource {
  const { spec } = asJson(object)
  const namespace = object.metadata.namespace ?? ''
  const who = `Kustomization ${namespace}/${object.metadata.name}`
  const ref = sourceRefOf(objectAt(spec, 'sourceRef'), namespace)
  const source = ref === undefined ? undefined : fluxSource(objects, ref)
  const folder = clampedPath(textAt(spec, 'path') ?? '')
  const destination = fluxDestination(spec)
  return {
    engine: 'flux',
    object: targetOf(object),
    field: 'spec',
    repositoryUrl: source?.repositoryUrl,
    revision: source?.revision ?? { kind: 'unknown' },
    root:
      source === undefined
        ? { problem: `${who} names no source`, folder }
        : source.problem !== undefined
          ? { problem: source.problem, folder }
          : isIncluded(source, folder)
            ? { problem: `${folder} is copied in from another source by spec.include`, folder }
            : rootOf(objects, trees.get(source.repositoryUrl ?? '')?.has, object, folder),
    valueSources: [],
    destination,
    ...(source?.ignoredFiles !== undefined && { ignoredFiles: source.ignoredFiles }),
    holds: [
      ...suspended(object, who),
      ...(source?.holds ?? []),
      ...remoteHold(destination, who),
      ...ignoredFields([...listAt(spec, 'ignore'), ...listAt(spec, 'driftIgnoreRules')], who),
    ],
  }
}

function rootOf(
  objects: EngineObjects,
  has: ((path: string) => boolean) | undefined,
  object: KubeObject,
  folder: string,
): Root | Unrenderable {
  const { spec } = asJson(object)
  const variables = variablesOf(objects, object)
  if ('problem' in variables) return { ...variables, folder }
  const overrides = overridesOf(object, componentsOf(spec, has, folder), variables.substitute)
  return { folder, ...(overrides && { overrides }) }
}

function overridesOf(
  object: KubeObject,
  components: readonly string[],
  substitute: Readonly<Record<string, string>> | undefined,
): KustomizeOverrides | undefined {
  const { spec } = asJson(object)
  const at = (field: string): InlineSite => ({ object: targetOf(object), field })
  const said = {
    ...textMember('namespace', textAt(spec, 'targetNamespace')),
    ...textMember('namePrefix', textAt(spec, 'namePrefix')),
    ...textMember('nameSuffix', textAt(spec, 'nameSuffix')),
    ...listMember('images', objectsAt(spec, 'images')),
    ...listMember('patches', patchesOf(spec)),
    ...(components.length > 0 && { components }),
    ...mapMember('labels', textMapAt(spec, 'commonMetadata', 'labels')),
    ...mapMember('annotations', textMapAt(spec, 'commonMetadata', 'annotations')),
    ...(substitute && { substitute }),
  }
  const elsewhere = {
    namespace: 'spec.targetNamespace',
    labels: 'spec.commonMetadata.labels',
    annotations: 'spec.commonMetadata.annotations',
    substitute: 'spec.postBuild.substitute',
  }
  const sites = Object.fromEntries(
    Object.entries(elsewhere)
      .filter(([member]) => Object.hasOwn(said, member))
      .map(([member, field]) => [member, at(field)]),
  )
  if (Object.keys(said).length === 0) return undefined
  return { site: at('spec'), ...(Object.keys(sites).length > 0 && { sites }), ...said }
}

function textMember<K extends string>(key: K, value: string | undefined): { readonly [key in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: string })
}

function listMember<K extends string>(
  key: K,
  value: readonly JsonObject[],
): { readonly [key in K]?: readonly JsonObject[] } {
  return value.length === 0 ? {} : ({ [key]: value } as { [key in K]: readonly JsonObject[] })
}

function mapMember<K extends string>(
  key: K,
  value: Readonly<Record<string, string>> | undefined,
): { readonly [key in K]?: Readonly<Record<string, string>> } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: Readonly<Record<string, string>> })
}

/** The older lists come after `patches` (kustomize generator of fluxcd/pkg). */
function patchesOf(spec: Json | undefined): readonly JsonObject[] {
  const strategic = objectsAt(spec, 'patchesStrategicMerge').map((patch) => ({
    patch: JSON.stringify(patch),
  }))
  const json6902 = objectsAt(spec, 'patchesJson6902').map((each) => ({
    ...each,
    patch: JSON.stringify(each['patch'] ?? []),
  }))
  return [...objectsAt(spec, 'patches'), ...strategic, ...json6902]
}

/** Relative to the folder; those that are not there are left out only where the Kustomization says so. */
function componentsOf(
  spec: Json | undefined,
  has: ((path: string) => boolean) | undefined,
  folder: string,
): readonly string[] {
  const components = textsAt(spec, 'components')
  if (!isTrue(spec, 'ignoreMissingComponents') || has === undefined) return components
  return components.filter((component) =>
    ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].some((name) =>
      has(joinPath(clampedPath(`${folder}/${component}`), name)),
    ),
  )
}

/** No variables and no strategy `Always`: nothing is substituted, `${NAME}` stays as it is. */
function variablesOf(
  objects: EngineObjects,
  object: KubeObject,
): Unrenderable | { readonly substitute?: Readonly<Record<string, string>> } {
  const { spec } = asJson(object)
  const namespace = object.metadata.namespace ?? ''
  const found = new Map<string, string>()
  for (const from of objectsAt(spec, 'postBuild', 'substituteFrom')) {
    const name = textAt(from, 'name') ?? ''
    if (textAt(from, 'kind') === 'Secret')
      return { problem: `variables come from the Secret ${namespace}/${name}, and Secrets are not read` }
    const config = objects.find('', 'ConfigMap', namespace, name)
    if (config === undefined) {
      if (isTrue(from, 'optional')) continue
      return { problem: `variables come from the ConfigMap ${namespace}/${name}, which is not there` }
    }
    for (const [key, value] of Object.entries(textMapAt(asJson(config), 'data') ?? {})) found.set(key, value)
  }
  for (const [key, value] of Object.entries(textMapAt(spec, 'postBuild', 'substitute') ?? {}))
    found.set(key, value)
  const always = textAt(spec, 'postBuild', 'substituteStrategy') === 'Always'
  if (found.size === 0 && !always) return {}
  return {
    substitute: Object.fromEntries([...found].map(([key, value]) => [key, value.replaceAll('\n', '')])),
  }
}

export function fluxDestination(spec: Json | undefined): Destination {
  const namespace = textAt(spec, 'targetNamespace')
  const kubeConfig = objectAt(spec, 'kubeConfig')
  const secret = textAt(kubeConfig, 'secretRef', 'name') ?? textAt(kubeConfig, 'configMapRef', 'name')
  return {
    ...(namespace !== undefined && { namespace }),
    ...(kubeConfig && {
      cluster: secret === undefined ? 'of its kubeConfig' : `of the kubeConfig ${secret}`,
    }),
  }
}

export function remoteHold({ cluster }: Destination, who: string): readonly Hold[] {
  if (cluster === undefined) return []
  return [
    { reason: 'RemoteCluster', sentence: `${who} applies to another cluster (${cluster}), not to this one` },
  ]
}
