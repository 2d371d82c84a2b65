import type { JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { InlineSite } from '#src/domain/root.ts'
import { type TargetRef, targetOf } from '#src/domain/target.ts'
import type { ArgoContext, ArgoRef } from './argo-context.ts'
import { argoHelm } from './argo-helm.ts'
import { argoDestination, argoHolds } from './argo-holds.ts'
import { argoKustomize } from './argo-kustomize.ts'
import { mergedSource } from './argo-source-files.ts'
import { argoTool } from './argo-tool.ts'
import { cachedChart } from './cached-chart.ts'
import type { EngineObjects } from './engine-objects.ts'
import { type EngineSource, isRenderable } from './engine-source.ts'
import { isTrue, objectAt, objectsAt, textAt } from './reading.ts'
import { repositoryUrl } from './repository-url.ts'
import { pathWithin, type Trees } from './tree-index.ts'
import { argoRevision, pinnedHold } from './wanted-revision.ts'

/** What is known of this Argo CD beyond its objects. */
export interface ArgoSettings {
  /** Namespace of Argo CD itself: Applications elsewhere are told `NAMESPACE_NAME`, and projects live here. */
  readonly controllerNamespace: string
}

/** What a generated Application was made of: its fields are changed there. */
export interface GeneratedFrom {
  readonly applicationSet: TargetRef
}

/**
 * The sources of an Application, one for each that is rendered; those that only hold values files (`ref` without path
 * and chart) are no source of their own. With a `sourceHydrator` it is the dry source (Argo CD, ApplicationSpec).
 */
export function argoApplication(
  objects: EngineObjects,
  trees: Trees,
  settings: ArgoSettings,
  application: KubeObject,
  generated?: GeneratedFrom,
): readonly EngineSource[] {
  const { spec } = asJson(application)
  const destination = argoDestination(application)
  const holds = argoHolds(objects, application, destination, settings.controllerNamespace)
  const target = targetOf(application)
  const isHome = target.namespace === settings.controllerNamespace || target.namespace === ''
  const sources = sourcesOf(spec)
  const refs = refsOf(sources)
  return sources
    .filter(({ source }) => textAt(source, 'ref') === undefined || isRendered(source))
    .map(({ field, source }): EngineSource => {
      const read = sourceOf({
        trees,
        application: target,
        instance: isHome ? target.name : `${target.namespace}_${target.name}`,
        project: textAt(spec, 'project') ?? 'default',
        namespace: destination.namespace ?? '',
        field,
        source,
        refs,
        site: (path) => siteOf(target, generated, path),
      })
      const who = `Application ${target.namespace}/${target.name}`
      return {
        engine: 'argocd',
        object: target,
        ...(generated && { generatedBy: generated.applicationSet }),
        field,
        destination,
        ...read,
        holds: [...holds, ...pinnedHold(read.revision, who)],
      }
    })
}

/** A generated Application is overwritten from its template. */
function siteOf(target: TargetRef, generated: GeneratedFrom | undefined, field: string): InlineSite {
  return generated === undefined
    ? { object: target, field }
    : { object: generated.applicationSet, field: `spec.template.${field}` }
}

interface NamedSource {
  readonly field: string
  readonly source: JsonObject
}

function sourcesOf(spec: Parameters<typeof objectAt>[0]): readonly NamedSource[] {
  const dry = objectAt(spec, 'sourceHydrator', 'drySource')
  if (dry !== undefined) return [{ field: 'spec.sourceHydrator.drySource', source: dry }]
  const several = objectsAt(spec, 'sources')
  if (several.length > 0) return several.map((source, i) => ({ field: `spec.sources[${i}]`, source }))
  const one = objectAt(spec, 'source')
  return one === undefined ? [] : [{ field: 'spec.source', source: one }]
}

function isRendered(source: JsonObject): boolean {
  return textAt(source, 'path') !== undefined || textAt(source, 'chart') !== undefined
}

function refsOf(sources: readonly NamedSource[]): ReadonlyMap<string, ArgoRef> {
  return new Map(
    sources.flatMap(({ source }) => {
      const ref = textAt(source, 'ref')
      if (ref === undefined) return []
      const revision = argoRevision(textAt(source, 'targetRevision'))
      return [
        [`$${ref}`, { repositoryUrl: repositoryUrl(textAt(source, 'repoURL') ?? ''), revision }] as const,
      ]
    }),
  )
}

type Read = Pick<EngineSource, 'repositoryUrl' | 'revision' | 'root' | 'valueSources'>

function sourceOf(context: ArgoContext): Read {
  const { source, trees } = context
  const chart = textAt(source, 'chart')
  if (chart !== undefined) return chartSource(context, chart)
  const url = repositoryUrl(textAt(source, 'repoURL') ?? '')
  const revision = argoRevision(textAt(source, 'targetRevision'))
  const known = { repositoryUrl: url, revision, valueSources: [] }
  const path = textAt(source, 'path') ?? '.'
  const folder = path.startsWith('/') ? undefined : pathWithin('', path)
  if (url === undefined) return { ...known, root: { problem: 'its repoURL names no repository' } }
  if (/^oci:/i.test(textAt(source, 'repoURL') ?? ''))
    return {
      ...known,
      repositoryUrl: undefined,
      root: { problem: 'it comes from an OCI registry, not from Git' },
    }
  if (folder === undefined)
    return { ...known, root: { problem: `its path ${path} lies outside of the repository` } }
  const tree = trees.get(url)
  const merged = mergedSource(context, tree, folder)
  const tool = argoTool(merged, tree, folder)
  if (typeof tool !== 'string') return { ...known, root: { ...tool, folder } }
  if (tool === 'helm') {
    const { helm, valueSources } = argoHelm(context, merged, { url, tree, folder })
    return { ...known, valueSources, root: 'problem' in helm ? { ...helm, folder } : { folder, helm } }
  }
  if (tool === 'kustomize') {
    const overrides = argoKustomize(merged, tree, folder)
    return { ...known, root: { folder, ...(overrides && { overrides }) } }
  }
  const [include, exclude] = [textAt(merged.directory, 'include'), textAt(merged.directory, 'exclude')]
  const plain = {
    recurse: isTrue(merged.directory, 'recurse'),
    ...(include !== undefined && { include }),
    ...(exclude !== undefined && { exclude }),
  }
  return { ...known, root: { folder, plain } }
}

/** A chart of a registry is rendered only where the one repository of its values files holds the chart's archive. */
function chartSource(context: ArgoContext, chart: string): Read {
  const version = textAt(context.source, 'targetRevision')
  const urls = new Set([...context.refs.values()].map((ref) => ref.repositoryUrl))
  const [only] =
    urls.size <= 1 ? (urls.size === 1 ? urls : context.trees.size === 1 ? context.trees.keys() : []) : []
  const tree = only === undefined ? undefined : context.trees.get(only)
  const archive = tree === undefined ? undefined : cachedChart(tree, chart, version)
  const merged = mergedSource(context, undefined, '')
  const unknown = { repositoryUrl: undefined, revision: { kind: 'unknown' } } as const
  if (archive === undefined || tree === undefined) {
    const { helm, valueSources } = argoHelm(context, merged, { url: undefined, tree: undefined, folder: '' })
    const values = 'problem' in helm ? undefined : helm.values
    const problem = `the chart ${chart}${version === undefined ? '' : ` ${version}`} comes from a registry and is not in the repository: only the values of the release can be changed`
    return { ...unknown, valueSources, root: { problem, ...(values && { values }) } }
  }
  const { helm, valueSources } = argoHelm(context, merged, { url: tree.url, tree, folder: '', archive })
  const revision = [...context.refs.values()][0]?.revision ?? unknown.revision
  const folder = archive.slice(0, archive.lastIndexOf('/'))
  const root = 'problem' in helm ? { ...helm, folder } : { folder, helm }
  return isRenderable(root)
    ? { repositoryUrl: tree.url, revision, valueSources, root }
    : { ...unknown, valueSources, root }
}
