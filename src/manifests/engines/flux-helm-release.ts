import { posix } from 'node:path'
import { sha256 } from '#src/domain/digest.ts'
import type { JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { HelmRoot, InlineSite, KustomizeOverrides, ValuesLayer } from '#src/domain/root.ts'
import { targetOf } from '#src/domain/target.ts'
import { cachedChart } from './cached-chart.ts'
import { type EngineObjects, FLUX_KUSTOMIZE } from './engine-objects.ts'
import type { EngineSource, Unrenderable, WantedRevision } from './engine-source.ts'
import { type FluxChart, fluxChart } from './flux-chart.ts'
import { fluxDestination, remoteHold } from './flux-kustomization.ts'
import { fluxSource, sourceRefOf, suspended } from './flux-source.ts'
import { fluxValues, type ValuesFiles } from './flux-values.ts'
import { objectAt, objectsAt, textAt, textMapAt } from './reading.ts'
import { clampedPath, joinPath, type Trees } from './tree-index.ts'

/** What a HelmRelease installs (helm-controller, HelmReleaseSpec). */
export function fluxHelmRelease(objects: EngineObjects, trees: Trees, object: KubeObject): EngineSource {
  const { spec } = asJson(object)
  const namespace = object.metadata.namespace ?? ''
  const who = `HelmRelease ${namespace}/${object.metadata.name}`
  const chart = fluxChart(objects, spec, namespace)
  const remote = fluxDestination(spec)
  const place = placeOf(objects, trees, object, chart)
  return {
    engine: 'flux',
    object: targetOf(object),
    field: 'spec',
    repositoryUrl: place.repositoryUrl,
    revision: place.revision,
    root: place.root,
    valueSources: [],
    destination: { ...remote, namespace: remote.namespace ?? namespace },
    ...(chart.in === 'repository' &&
      chart.source.ignoredFiles && { ignoredFiles: chart.source.ignoredFiles }),
    holds: [...suspended(object, who), ...chart.holds, ...remoteHold(remote, who)],
  }
}

type Place = Pick<EngineSource, 'repositoryUrl' | 'revision' | 'root'>

function placeOf(objects: EngineObjects, trees: Trees, object: KubeObject, chart: FluxChart): Place {
  const applied = applierOf(objects, object)
  // Of a release that nothing is known to have applied, as in Git: where only one repository is looked at, it is that.
  const [only, ...others] = trees.keys()
  const own =
    chart.in === 'repository'
      ? chart.source.repositoryUrl
      : (applied?.repositoryUrl ?? (others.length === 0 ? only : undefined))
  const files = valuesFiles(trees, applied, own)
  const layers = fluxValues(objects, files, object)
  const nowhere = { repositoryUrl: undefined, revision: { kind: 'unknown' } } as const
  if ('problem' in layers)
    return chart.in === 'repository'
      ? { repositoryUrl: own, revision: chart.source.revision, root: { ...layers, folder: chart.folder } }
      : { ...nowhere, root: layers }
  if (chart.in === 'nowhere') return { ...nowhere, root: { problem: chart.problem, values: layers } }
  const post = postRendering(object)
  if (post !== undefined && 'problem' in post)
    return { ...nowhere, repositoryUrl: own, root: { ...post, values: layers } }
  const release = { release: releaseName(object), namespace: releaseNamespace(object) }
  if (chart.in === 'repository') {
    const helm = { ...release, ...chartValues(trees, chart, layers) }
    const root = { folder: chart.folder, helm, ...(post && { overrides: post }) }
    return { repositoryUrl: own, revision: chart.source.revision, root }
  }
  const tree = trees.get(own ?? '')
  const archive =
    tree === undefined ? undefined : cachedChart(tree, chart.name, installedVersion(object, chart.version))
  if (archive === undefined || chart.valuesFiles.length > 0) {
    const problem = `the chart ${chart.name}${chart.version === undefined ? '' : ` ${chart.version}`} comes from ${chart.where} and is not in the repository: only the values of the release can be changed`
    return { ...nowhere, root: { problem, values: layers } }
  }
  const helm = { ...release, archive, values: layers }
  const root = { folder: posix.dirname(archive), helm, ...(post && { overrides: post }) }
  return { repositoryUrl: own, revision: applied?.revision ?? nowhere.revision, root }
}

/** The Flux Kustomization that says to have applied the release: its folder is where generated values are looked for. */
interface Applier {
  readonly repositoryUrl: string | undefined
  readonly revision: WantedRevision
  readonly folder: string
}

function applierOf(objects: EngineObjects, release: KubeObject): Applier | undefined {
  const name = release.metadata.labels?.[`${FLUX_KUSTOMIZE}/name`]
  const namespace = release.metadata.labels?.[`${FLUX_KUSTOMIZE}/namespace`]
  const object =
    name === undefined || namespace === undefined
      ? undefined
      : objects.find(FLUX_KUSTOMIZE, 'Kustomization', namespace, name)
  if (object === undefined) return undefined
  const { spec } = asJson(object)
  const ref = sourceRefOf(objectAt(spec, 'sourceRef'), object.metadata.namespace ?? '')
  const source = ref === undefined ? undefined : fluxSource(objects, ref)
  if (source === undefined || source.problem !== undefined) return undefined
  const { repositoryUrl, revision } = source
  return { repositoryUrl, revision, folder: clampedPath(textAt(spec, 'path') ?? '') }
}

/** A file layer must lie in the chart's own repository; a chart of a registry is rendered in the applier's. */
function valuesFiles(trees: Trees, applied: Applier | undefined, url: string | undefined): ValuesFiles {
  const isApplied = applied !== undefined && applied.repositoryUrl === url
  return {
    tree: url === undefined ? undefined : trees.get(url),
    below: isApplied && applied.folder !== '' ? applied.folder : undefined,
  }
}

/** `valuesFiles` take the place of the chart's values.yaml; as its first entry that file is only itself. */
function chartValues(
  trees: Trees,
  { folder, source, valuesFiles: named, ignoreMissing }: Extract<FluxChart, { in: 'repository' }>,
  layers: readonly ValuesLayer[],
): Pick<HelmRoot, 'values' | 'withoutOwnValues'> {
  const tree = trees.get(source.repositoryUrl ?? '')
  const present = ignoreMissing && tree !== undefined ? named.filter((path) => tree.has(path)) : named
  const own = joinPath(folder, 'values.yaml')
  const files = (present[0] === own ? present.slice(1) : present).map(
    (path) => ({ kind: 'file', path }) as const,
  )
  const without = present.length > 0 && present[0] !== own
  return { values: [...files, ...layers], ...(without && { withoutOwnValues: true }) }
}

/** A version range says nothing of what is installed; the status does. */
function installedVersion(object: KubeObject, wanted: string | undefined): string | undefined {
  if (wanted !== undefined && /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(wanted)) return wanted
  const { status } = asJson(object)
  return textAt(objectsAt(status, 'history')[0], 'chartVersion') ?? textAt(status, 'lastAttemptedRevision')
}

/** One kustomize post-renderer, and `commonMetadata`, which is put on last. */
function postRendering(object: KubeObject): KustomizeOverrides | Unrenderable | undefined {
  const { spec } = asJson(object)
  const at = (field: string): InlineSite => ({ object: targetOf(object), field })
  const renderers = objectsAt(spec, 'postRenderers').map((each) => objectAt(each, 'kustomize') ?? {})
  const used = renderers.flatMap((kustomize, index) => {
    const [images, patches] = [objectsAt(kustomize, 'images'), objectsAt(kustomize, 'patches')]
    return images.length + patches.length === 0 ? [] : [{ index, images, patches }]
  })
  if (used.length > 1)
    return { problem: 'several post-renderers change the release; only one is rendered here' }
  if (renderers.some((each) => 'patchesStrategicMerge' in each || 'patchesJson6902' in each))
    return { problem: 'a post-renderer uses patches of an older form, which are not rendered here' }
  const [post] = used
  const labels = textMapAt(spec, 'commonMetadata', 'labels')
  const annotations = textMapAt(spec, 'commonMetadata', 'annotations')
  if (post === undefined && labels === undefined && annotations === undefined) return undefined
  const images: readonly JsonObject[] = post?.images ?? []
  const patches: readonly JsonObject[] = post?.patches ?? []
  return {
    site: at(post === undefined ? 'spec.commonMetadata' : `spec.postRenderers[${post.index}].kustomize`),
    ...(images.length > 0 && { images }),
    ...(patches.length > 0 && { patches }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(post !== undefined &&
      (labels ?? annotations) && {
        sites: {
          ...(labels && { labels: at('spec.commonMetadata.labels') }),
          ...(annotations && { annotations: at('spec.commonMetadata.annotations') }),
        },
      }),
  }
}

/** `[TARGETNAMESPACE-]NAME` unless named; above 53 characters the first 40, a dash and 12 of the name's SHA-256. */
export function releaseName(object: KubeObject): string {
  const { spec } = asJson(object)
  const target = textAt(spec, 'targetNamespace')
  const { name } = object.metadata
  const whole = textAt(spec, 'releaseName') ?? (target === undefined ? name : `${target}-${name}`)
  return whole.length <= 53 ? whole : `${whole.slice(0, 40)}-${sha256(whole).slice(0, 12)}`
}

export function releaseNamespace(object: KubeObject): string {
  return textAt(asJson(object)['spec'], 'targetNamespace') ?? object.metadata.namespace ?? ''
}
