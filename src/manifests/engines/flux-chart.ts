import { posix } from 'node:path'
import type { Json } from '#src/domain/json.ts'
import { asJson } from '#src/domain/kube-object.ts'
import { type EngineObjects, FLUX_SOURCE } from './engine-objects.ts'
import type { Hold } from './engine-source.ts'
import {
  type FluxSource,
  fluxSource,
  isIncluded,
  type SourceRef,
  sourceRefOf,
  suspended,
} from './flux-source.ts'
import { isTrue, objectAt, textAt, textsAt } from './reading.ts'
import { clampedPath } from './tree-index.ts'

/** Where a HelmRelease's chart is. */
export type FluxChart =
  | {
      readonly in: 'repository'
      readonly source: FluxSource
      readonly folder: string
      /** From the repository's root; empty: the chart's own values.yaml. */
      readonly valuesFiles: readonly string[]
      readonly ignoreMissing: boolean
      readonly holds: readonly Hold[]
    }
  | {
      readonly in: 'registry'
      readonly name: string
      readonly version: string | undefined
      readonly where: string
      readonly valuesFiles: readonly string[]
      readonly holds: readonly Hold[]
    }
  | { readonly in: 'nowhere'; readonly problem: string; readonly holds: readonly Hold[] }

/** `spec.chart.spec`, or `spec.chartRef` to a HelmChart or OCIRepository (helm-controller, v2). */
export function fluxChart(objects: EngineObjects, release: Json | undefined, namespace: string): FluxChart {
  const template = objectAt(release, 'chart', 'spec')
  if (template !== undefined) return ofSpec(objects, template, namespace)
  const ref = sourceRefOf(objectAt(release, 'chartRef'), namespace)
  if (ref === undefined) return { in: 'nowhere', problem: 'it names no chart', holds: [] }
  if (ref.kind === 'OCIRepository') return ofOci(objects, ref)
  const chart = objects.find(FLUX_SOURCE, ref.kind, ref.namespace, ref.name)
  const who = `${ref.kind} ${ref.namespace}/${ref.name}`
  if (ref.kind !== 'HelmChart' || chart === undefined) {
    const problem = chart === undefined ? `its chart's ${who} is not there` : `its chart is made by ${who}`
    return { in: 'nowhere', problem, holds: [] }
  }
  const found = ofSpec(objects, asJson(chart)['spec'], ref.namespace)
  return { ...found, holds: [...found.holds, ...suspended(chart, who)] }
}

function ofSpec(objects: EngineObjects, spec: Json | undefined, namespace: string): FluxChart {
  const ref = sourceRefOf(objectAt(spec, 'sourceRef'), namespace)
  const chart = textAt(spec, 'chart')
  if (ref === undefined || chart === undefined)
    return { in: 'nowhere', problem: 'its chart names no source', holds: [] }
  if (ref.kind === 'HelmRepository') {
    const repository = objects.find(FLUX_SOURCE, ref.kind, ref.namespace, ref.name)
    const who = `HelmRepository ${ref.namespace}/${ref.name}`
    return {
      in: 'registry',
      name: chart,
      version: textAt(spec, 'version'),
      where: who,
      valuesFiles: textsAt(spec, 'valuesFiles'),
      holds: repository === undefined ? [] : suspended(repository, who),
    }
  }
  const source = fluxSource(objects, ref)
  const folder = clampedPath(chart)
  if (source.problem !== undefined) return { in: 'nowhere', problem: source.problem, holds: source.holds }
  if (isIncluded(source, folder))
    return {
      in: 'nowhere',
      problem: `${folder} is copied in from another source by spec.include`,
      holds: source.holds,
    }
  return {
    in: 'repository',
    source,
    folder,
    valuesFiles: textsAt(spec, 'valuesFiles').map(clampedPath),
    ignoreMissing: isTrue(spec, 'ignoreMissingValuesFiles'),
    holds: [...source.holds, ...versionHold(spec, folder)],
  }
}

/** source-controller, HelmChartSpec.reconcileStrategy: without `Revision` a chart is packed again for a new version only. */
function versionHold(spec: Json | undefined, folder: string): readonly Hold[] {
  if (textAt(spec, 'reconcileStrategy') === 'Revision') return []
  return [
    {
      reason: 'ChartVersion',
      sentence: `the chart ${folder || '.'} is packed again only when the version in its Chart.yaml changes (reconcileStrategy ChartVersion)`,
      below: folder,
    },
  ]
}

function ofOci(objects: EngineObjects, ref: SourceRef): FluxChart {
  const who = `OCIRepository ${ref.namespace}/${ref.name}`
  const object = objects.find(FLUX_SOURCE, ref.kind, ref.namespace, ref.name)
  if (object === undefined) return { in: 'nowhere', problem: `its chart's ${who} is not there`, holds: [] }
  const { spec } = asJson(object)
  return {
    in: 'registry',
    name: posix.basename(textAt(spec, 'url') ?? ref.name),
    version: textAt(spec, 'ref', 'tag') ?? textAt(spec, 'ref', 'semver'),
    where: who,
    valuesFiles: [],
    holds: suspended(object, who),
  }
}
