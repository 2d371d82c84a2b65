import type { Json, JsonObject } from '#src/domain/json.ts'
import type { HelmRoot, ValuesLayer } from '#src/domain/root.ts'
import { type ArgoContext, type MergedSource, withEnvironment } from './argo-context.ts'
import type { Unrenderable, ValueSource } from './engine-source.ts'
import { valuesText } from './flux-values.ts'
import { globMatches, isGlob } from './glob.ts'
import { isTrue, objectAt, objectsAt, textAt, textsAt } from './reading.ts'
import { setValue } from './set-value.ts'
import { pathWithin, type TreeIndex } from './tree-index.ts'

/** Where a chart lies; its tree where that is at hand. */
export interface ChartPlace {
  /** Normalised; undefined: in a registry. */
  readonly url: string | undefined
  readonly tree: TreeIndex | undefined
  readonly folder: string
  readonly archive?: string
}

export interface ArgoHelm {
  readonly helm: HelmRoot | Unrenderable
  readonly valueSources: readonly ValueSource[]
}

/**
 * How Argo CD calls `helm template` (user guide, Helm, and ApplicationSourceHelm): the chart's values.yaml, then
 * `valueFiles` in order, then `values`, which `valuesObject` takes the place of, then `parameters` and `fileParameters`.
 * The release is named like the Application unless `releaseName` is set.
 */
export function argoHelm(context: ArgoContext, merged: MergedSource, chart: ChartPlace): ArgoHelm {
  const { archive } = chart
  const files = valueFiles(context, merged, chart)
  const inline = inlineValues(merged)
  const parameters = [
    ...objectsAt(merged.helm, 'parameters').map((each) => parameter(context, merged, each)),
    ...objectsAt(merged.helm, 'fileParameters').map((each) => fileParameter(context, merged, each, chart)),
  ]
  const values: ValuesLayer[] = []
  for (const layer of [...files.layers, ...inline, ...parameters]) {
    if ('problem' in layer) return { helm: layer, valueSources: files.others }
    values.push(layer)
  }
  const [kubeVersion, apiVersions] = [textAt(merged.helm, 'kubeVersion'), textsAt(merged.helm, 'apiVersions')]
  return {
    valueSources: files.others,
    helm: {
      release: textAt(merged.helm, 'releaseName') ?? context.application.name,
      namespace: textAt(merged.helm, 'namespace') ?? context.namespace,
      values,
      ...(archive !== undefined && { archive }),
      ...(kubeVersion !== undefined && { kubeVersion }),
      ...(apiVersions.length > 0 && { apiVersions }),
      ...(isTrue(merged.helm, 'skipCrds') && { includeCrds: false }),
    },
  }
}

function inlineValues(merged: MergedSource): readonly (ValuesLayer | Unrenderable)[] {
  const object = objectAt(merged.helm, 'valuesObject')
  if (object !== undefined)
    return [{ kind: 'inline', values: object, site: merged.site('helm.valuesObject') }]
  const text = textAt(merged.helm, 'values')
  return text === undefined ? [] : [valuesText(text, { ...merged.site('helm.values'), text: true })]
}

interface ValueFiles {
  readonly layers: readonly (ValuesLayer | Unrenderable)[]
  /** Files in other repositories than the tree's. */
  readonly others: readonly ValueSource[]
}

function valueFiles(context: ArgoContext, merged: MergedSource, chart: ChartPlace): ValueFiles {
  const places = textsAt(merged.helm, 'valueFiles').map((raw) => placeOf(context, chart, raw))
  const others = places.flatMap((place) => ('other' in place ? [place.other] : []))
  // A file that is named as such keeps its own position, whatever patterns match it too.
  const named = new Set(places.flatMap((place) => ('path' in place ? [place.path] : [])))
  const paths = places.flatMap((place): readonly (string | Unrenderable)[] => {
    if ('problem' in place) return [place]
    if ('other' in place) {
      const { repositoryUrl, path } = place.other
      return [{ problem: `values come from ${path} in another repository, ${repositoryUrl}` }]
    }
    if (isGlob(place.path)) return matching(chart.tree, place.path).filter((path) => !isNamed(named, path))
    const isMissing = chart.tree !== undefined && !chart.tree.has(place.path)
    return isMissing && isTrue(merged.helm, 'ignoreMissingValueFiles') ? [] : [place.path]
  })
  return {
    others,
    layers: [...new Set(paths)].map((path) => (typeof path === 'string' ? { kind: 'file', path } : path)),
  }
}

function isNamed(named: ReadonlySet<string>, path: string | Unrenderable): boolean {
  return typeof path === 'string' && named.has(path)
}

/** In lexical order. */
function matching(tree: TreeIndex | undefined, pattern: string): readonly (string | Unrenderable)[] {
  if (tree === undefined)
    return [{ problem: `which values files match ${pattern} is not known before its repository is read` }]
  return tree.paths.filter((path) => globMatches(pattern, path, '/'))
}

type FilePlace = { readonly path: string } | { readonly other: ValueSource } | Unrenderable

/** `$ref/…` begins at the root of the other source's repository, `/…` at that of the own one. */
function placeOf(context: ArgoContext, chart: ChartPlace, raw: string): FilePlace {
  const [, name, rest] = /^(\$[^/]+)\/(.+)$/s.exec(raw) ?? []
  const ref = name === undefined ? undefined : context.refs.get(name)
  if (ref === undefined || rest === undefined) {
    const text = withEnvironment(context, raw)
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { problem: 'a values file is fetched from a URL' }
    const path = pathWithin(chart.folder, text)
    return path === undefined
      ? { problem: `the values file ${raw} lies outside of the repository` }
      : { path }
  }
  const path = pathWithin('', withEnvironment(context, rest).replace(/^\/+/, ''))
  if (path === undefined) return { problem: `the values file ${raw} lies outside of its repository` }
  if (ref.repositoryUrl === undefined) return { problem: `the source of ${raw} names no repository` }
  return chart.url === ref.repositoryUrl
    ? { path }
    : { other: { repositoryUrl: ref.repositoryUrl, revision: ref.revision, path } }
}

/** Argo CD escapes the commas of a value, so that helm takes it as one. */
function parameter(context: ArgoContext, merged: MergedSource, each: JsonObject): ValuesLayer | Unrenderable {
  const name = textAt(each, 'name') ?? ''
  const value = withEnvironment(context, textAt(each, 'value') ?? '')
  const set = setValue(name, value, isTrue(each, 'forceString'))
  return 'problem' in set
    ? set
    : single(merged, `helm.parameters[name=${quoted(name)}].value`, set.values, set.valueAt)
}

function fileParameter(
  context: ArgoContext,
  merged: MergedSource,
  each: JsonObject,
  chart: ChartPlace,
): ValuesLayer | Unrenderable {
  const name = textAt(each, 'name') ?? ''
  const place = placeOf(context, chart, textAt(each, 'path') ?? '')
  if ('problem' in place) return place
  const text = 'path' in place ? chart.tree?.text(place.path) : undefined
  if (text === undefined) return { problem: `the file of the Helm parameter ${name} cannot be read` }
  const set = setValue(name, '', true)
  if ('problem' in set) return set
  const values = withLeaf(set.values, text) as JsonObject
  return single(merged, `helm.fileParameters[name=${quoted(name)}].path`, values, set.valueAt)
}

function withLeaf(value: Json | undefined, leaf: string): Json {
  if (typeof value !== 'object' || value === null) return leaf
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withLeaf(inner, leaf)]))
}

function single(merged: MergedSource, field: string, values: JsonObject, valueAt: string): ValuesLayer {
  return { kind: 'inline', values, site: { ...merged.site(field), valueAt } }
}

function quoted(name: string): string {
  return /[\]"]/.test(name) ? JSON.stringify(name) : name
}
