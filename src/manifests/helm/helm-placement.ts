import { valueAt, withValueAt } from '#src/domain/field-path.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import { cleared, decides, upToList, type ValueSet } from './helm-values.ts'

/** The layers that values come from; `chart` is the chart's own values.yaml. */
export interface ValuesModel {
  readonly effective: JsonObject
  /** Undefined for a chart in an archive, which cannot be edited. */
  readonly chart: JsonObject | undefined
  /** What subcharts set by themselves, under their keys. */
  readonly below: JsonObject
  readonly layers: readonly { readonly kind: 'file' | 'inline' | 'parameter'; readonly values: JsonObject }[]
}

export type LayerName = 'chart' | number

/** Changes of the document of one layer that together have the wanted effect. */
export interface LayerEdit {
  readonly layer: LayerName
  readonly sets: readonly ValueSet[]
}

/**
 * Where changes of values may be written, best first: the last layer that sets the key; where none does, the last file
 * among the layers (an environment's own), else the last inline layer, and only then the chart's values.yaml.
 */
export function placements(model: ValuesModel, sets: readonly ValueSet[]): readonly LayerEdit[] {
  const wanted = sets.map((set) => decider(model, set))
  const highest = Math.max(...wanted)
  const order = highest >= 0 ? [highest] : newLayers(model)
  return order
    .filter((layer) => layer !== CHART || model.chart !== undefined)
    .map((layer) => ({
      layer: layer === CHART ? 'chart' : layer,
      sets: sets.map((set) => inLayer(model, layer, set, sets)),
    }))
}

const CHART = -1

/** The position of the last layer that decides about a value; -1 when that is the chart, or nobody. */
function decider(model: ValuesModel, { path }: ValueSet): number {
  const whole = upToList(model.effective, path)
  return model.layers.findLastIndex(({ values }) => decides(values, whole))
}

/** Layers that may get a key which none of them has. */
function newLayers({ layers }: ValuesModel): readonly number[] {
  const file = layers.findLastIndex(({ kind }) => kind === 'file')
  const own = file >= 0 ? file : layers.findLastIndex(({ kind }) => kind === 'inline')
  return own >= 0 ? [own, CHART] : [CHART]
}

function inLayer(model: ValuesModel, layer: number, set: ValueSet, sets: readonly ValueSet[]): ValueSet {
  const here = layer === CHART ? (model.chart ?? {}) : (model.layers[layer]?.values ?? {})
  const whole = upToList(model.effective, set.path)
  if (whole.length < set.path.length) {
    if (valueAt(here, whole) !== undefined) return set
    // The list comes from below and is replaced by whoever sets it: it is written whole, with all changes in it.
    return { path: whole, value: valueAt(withSets(model.effective, sets), whole) ?? [] }
  }
  if (set.value !== undefined) return set
  const lower = [
    model.below,
    ...(layer === CHART
      ? []
      : [model.chart ?? {}, ...model.layers.slice(0, layer).map(({ values }) => values)]),
  ]
  return lower.some((values) => (valueAt(values, set.path) ?? null) !== null) ? { ...set, value: null } : set
}

/** A document with changes made in it. */
export function withSets(document: JsonObject, sets: readonly ValueSet[]): Json {
  return sets.reduce<Json>((json, { path, value }) => withValueAt(cleared(json, path), path, value), document)
}
