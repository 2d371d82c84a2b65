import type { FieldChange } from '#src/domain/change.ts'
import { type FieldPath, parseFieldPath, valueAt, withValueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { asJson } from '#src/domain/kube-object.ts'
import type { EditCandidate } from '#src/manifests/edit-candidates.ts'
import type { Host } from './kustomize-patches.ts'
import type { Known } from './kustomize-selector.ts'

/** The maps of labels that kustomize writes into objects, by the member of an object that they end up in. */
const LABELS: ReadonlySet<string> = new Set(['labels', 'matchLabels', 'selector'])

/** Pairs of `labels:`, `commonLabels:`, `commonAnnotations:` (and their transformers) that make a label what it is. */
export function metadataCandidates(host: Host, known: Known, change: FieldChange): readonly EditCandidate[] {
  const field = parseFieldPath(change.field)
  const [map, key] = field.slice(-2)
  if (map === undefined || key === undefined || !('member' in map) || !('member' in key)) return []
  const before = valueAt(asJson(known.rendered), field)
  if (typeof before !== 'string') return []
  const isLabel = LABELS.has(map.member)
  if (!isLabel && map.member !== 'annotations') return []
  return [...(isLabel ? labelMaps(host.json) : annotationMaps(host.json))]
    .map((path) => [...path, key])
    .filter((path) => String(valueAt(host.json, path)) === before)
    .toReversed()
    .map((path) => ({
      file: host.file,
      place: host.place,
      change: (present: Json) => withPair(present, path, change),
      kind: 'labels',
    }))
}

function labelMaps(json: Json): readonly FieldPath[] {
  const labels = isObject(json) ? json['labels'] : undefined
  const entries = isArray(labels) ? labels.map((_each, index) => index) : []
  return [
    [{ member: 'generatorOptions' }, { member: 'labels' }],
    [{ member: 'commonLabels' }],
    ...entries.map((index) => [{ member: 'labels' }, { index }, { member: 'pairs' }]),
    ...(isObject(labels) ? [[{ member: 'labels' }]] : []),
  ]
}

function annotationMaps(json: Json): readonly FieldPath[] {
  return [
    [{ member: 'generatorOptions' }, { member: 'annotations' }],
    [{ member: 'commonAnnotations' }],
    ...(isObject(json) && isObject(json['annotations']) ? [[{ member: 'annotations' }]] : []),
  ]
}

function withPair(present: Json, path: FieldPath, change: FieldChange): Json | undefined {
  const value = change.op === 'set' ? change.value : undefined
  if (valueAt(present, path) === undefined) return undefined
  return withValueAt(present, path, value)
}
