import { isArray, isObject, type Json } from './json.ts'

export type Labels = Readonly<Record<string, string>>

/** The strings of a map of labels; whatever is no string is left out. */
export function labelsOf(value: Json | undefined): Labels {
  const entries = isObject(value) ? Object.entries(value) : []
  return Object.fromEntries(entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])))
}

/** A Service's or a ReplicationController's selector: every pair must be there. An empty one selects nothing. */
export function selectsByMap(selector: Json | undefined, labels: Labels): boolean {
  const pairs = Object.entries(labelsOf(selector))
  return pairs.length > 0 && pairs.every(([key, text]) => labels[key] === text)
}

/** A metav1.LabelSelector. An empty one selects everything, an absent one nothing. */
export function selectsByRules(selector: Json | undefined, labels: Labels): boolean {
  if (!isObject(selector)) return false
  const rules = isArray(selector['matchExpressions']) ? selector['matchExpressions'].filter(isObject) : []
  const pairs = Object.entries(labelsOf(selector['matchLabels']))
  return (
    pairs.every(([key, text]) => labels[key] === text) &&
    rules.every((rule) => holds(rule['operator'], labels[String(rule['key'])], valuesOf(rule['values'])))
  )
}

/** One requirement of a selector or of a node affinity (corev1.NodeSelectorOperator, metav1.LabelSelectorOperator). */
export function holds(
  operator: Json | undefined,
  label: string | undefined,
  values: readonly string[],
): boolean {
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label)
    case 'NotIn':
      return label === undefined || !values.includes(label)
    case 'Exists':
      return label !== undefined
    case 'DoesNotExist':
      return label === undefined
    case 'Gt':
      return label !== undefined && Number(label) > Number(values[0])
    case 'Lt':
      return label !== undefined && Number(label) < Number(values[0])
    default:
      return false
  }
}

export function valuesOf(value: Json | undefined): readonly string[] {
  return isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
