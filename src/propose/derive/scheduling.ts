import { list, podSpecIn } from '#src/detect/state/pod-template.ts'
import { at, objectsOf } from '#src/domain/cluster-state.ts'
import { type FieldPath, formatFieldPath, withValueAt } from '#src/domain/field-path.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { labelsOf, valuesOf } from '#src/domain/label-selector.ts'
import { isWorkloadKind, podSpecPath } from '#src/domain/target.ts'
import { mergedChanges } from '#src/propose/gates/merged-changes.ts'
import { nearestName } from '#src/propose/nearest-name.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { type Derived, set } from './derived.ts'

/** Labels and taints that nodes really have, where what the workload asks for is a slip away from them. */
export function derivedForScheduling({ fault, state, rendered, target }: Incident): readonly Derived[] {
  if (fault.family !== 'scheduling' || state === undefined || !isWorkloadKind(target.kind)) return []
  const nodes = objectsOf(state, 'Node')
  const labels = nodes.map(({ metadata }) => labelsOf(metadata.labels as Json | undefined))
  const spec = podSpecIn(rendered)
  const pod = podSpecPath(target.kind)
  return [
    ...selectorSlips(labelsOf(spec['nodeSelector']), labels, [...pod, { member: 'nodeSelector' }]),
    ...affinitySlips(spec['affinity'], labels, pod),
    ...tolerationSlips(
      rendered,
      nodes.flatMap((node) => list(at(node, 'spec', 'taints'))),
      pod,
    ),
  ]
}

type LabelMaps = readonly Readonly<Record<string, string>>[]

function selectorSlips(
  selector: Readonly<Record<string, string>>,
  nodes: LabelMaps,
  path: FieldPath,
): readonly Derived[] {
  return Object.entries(selector).flatMap(([key, value]): Derived[] => {
    if (nodes.some((labels) => labels[key] === value)) return []
    const field = (name: string) => formatFieldPath([...path, { member: name }])
    const values = nodes.flatMap((labels) => labels[key] ?? [])
    if (values.length > 0) {
      const near = nearestName(value, values, '', { oneLetter: true })
      if (near.kind !== 'found') return []
      const evidence = `Nodes have the label ${key}=${near.name}, none has ${key}=${value}.`
      return [{ changes: [set(field(key), near.name)], kind: 'cluster', evidence }]
    }
    const keys = nodes.flatMap((labels) => Object.keys(labels).filter((name) => labels[name] === value))
    const near = nearestName(key, keys)
    if (near.kind !== 'found') return []
    const evidence = `Nodes have the label ${near.name}=${value}, none has the key ${key}.`
    return [
      {
        changes: [{ op: 'remove', field: field(key) }, set(field(near.name), value)],
        kind: 'cluster',
        evidence,
      },
    ]
  })
}

function affinitySlips(affinity: Json | undefined, nodes: LabelMaps, pod: FieldPath): readonly Derived[] {
  const required = 'requiredDuringSchedulingIgnoredDuringExecution'
  const terms = list(at(affinity, 'nodeAffinity', required, 'nodeSelectorTerms'))
  return terms.flatMap((term, i) =>
    list(term['matchExpressions']).flatMap((expression, j): Derived[] => {
      const key = String(expression['key'])
      const values = valuesOf(expression['values'])
      const existing = nodes.flatMap((labels) => labels[key] ?? [])
      if (expression['operator'] !== 'In' || values.some((value) => existing.includes(value))) return []
      const near = values.map((value) => nearestName(value, existing))
      const names = near.map((it) => (it.kind === 'found' ? it.name : undefined))
      if (names.length === 0 || names.some((name) => name === undefined)) return []
      const path = ['affinity', 'nodeAffinity', required, 'nodeSelectorTerms'].map((member) => ({ member }))
      const field = formatFieldPath([
        ...pod,
        ...path,
        { index: i },
        { member: 'matchExpressions' },
        { index: j },
        { member: 'values' },
      ])
      const evidence = `Nodes have the label ${key} with ${names.join(', ')}.`
      return [{ changes: [set(field, names as string[])], kind: 'cluster', evidence }]
    }),
  )
}

/* A toleration for a taint that no node has, one slip away from a taint that keeps it off. */
function tolerationSlips(
  rendered: KubeObject,
  taints: readonly JsonObject[],
  pod: FieldPath,
): readonly Derived[] {
  return list(podSpecIn(rendered)['tolerations']).flatMap((toleration, i): Derived[] => {
    const ofKey = taints.filter(({ key }) => key === toleration['key'])
    const member = ofKey.length > 0 ? 'value' : 'key'
    if (member === 'value' && toleration['operator'] === 'Exists') return []
    const texts = (ofKey.length > 0 ? ofKey : taints).map((taint) => String(taint[member] ?? ''))
    const near = nearestName(String(toleration[member] ?? ''), texts, '', { oneLetter: true })
    if (near.kind !== 'found') return []
    const path = [...pod, { member: 'tolerations' }, { index: i }, { member }]
    const after = withValueAt(asJson(rendered), path, near.name) as unknown as KubeObject
    const evidence = `Nodes have a taint with the ${member} ${near.name}.`
    return [{ changes: mergedChanges(rendered, after), kind: 'cluster', evidence }]
  })
}
