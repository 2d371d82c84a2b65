import type { FieldChange } from '#src/domain/change.ts'
import { type FieldPath, formatFieldPath, isWithin, parseFieldPath } from '#src/domain/field-path.ts'
import { isObject } from '#src/domain/json.ts'
import type { GateVerdict, Proposal } from '#src/domain/proposal.ts'
import { shapeOf } from '#src/propose/allow-list.ts'
import type { ContainerRef } from '#src/propose/container-view.ts'
import { troubleWith } from './field-values.ts'
import { judge } from './verdict.ts'

const MAX_CHANGES = 20
const MAX_LINE = 300
const MAX_TEXT = 2000

/** Every change is well-formed: a field that is known, a value of that field's type, no field twice. */
export function schemaGate(
  kind: string,
  ref: ContainerRef,
  changes: readonly FieldChange[],
  words?: Pick<Proposal, 'summary' | 'rootCause' | 'risk'>,
): GateVerdict {
  const troubles = [
    ...(words === undefined ? [] : troublesWithWords(words)),
    ...troublesWithList(changes),
    ...changes.flatMap((change) => troubleWithChange(kind, ref, change) ?? []),
  ]
  return judge('schema', troubles, `Each of ${changes.length} changes has a value of its field's type.`)
}

/** The path of a change; undefined where its text is not one, or is not written the one way we write it. */
export function pathOf(change: FieldChange): FieldPath | undefined {
  try {
    const path = parseFieldPath(change.field)
    return formatFieldPath(path) === change.field ? path : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function troublesWithWords({
  summary,
  rootCause,
  risk,
}: Pick<Proposal, 'summary' | 'rootCause' | 'risk'>): string[] {
  const troubles: string[] = []
  if (summary.trim() === '' || summary.length > MAX_LINE || /\p{Cc}/u.test(summary)) {
    troubles.push(`The summary is not one line of at most ${MAX_LINE} characters.`)
  }
  if (rootCause.length > MAX_TEXT || risk.length > MAX_TEXT) {
    troubles.push(`The root cause or the risk is longer than ${MAX_TEXT} characters.`)
  }
  return troubles
}

function troublesWithList(changes: readonly FieldChange[]): string[] {
  if (changes.length === 0) return ['Nothing is changed.']
  if (changes.length > MAX_CHANGES) return [`More than ${MAX_CHANGES} fields are changed.`]
  const paths = changes.map(pathOf).filter((path) => path !== undefined)
  const overlap = paths.find((path, i) => paths.some((other, j) => i !== j && isWithin(path, other)))
  return overlap ? [`${formatFieldPath(overlap)} is changed twice.`] : []
}

function troubleWithChange(kind: string, ref: ContainerRef, change: FieldChange): string | undefined {
  const path = pathOf(change)
  if (path === undefined) return `"${change.field.slice(0, 200)}" is not a field path.`
  const shape = shapeOf(path, kind, ref)
  if (shape === undefined) return `${change.field} is not a field that can be proposed.`
  if (change.op === 'remove') return undefined
  const trouble = troubleWith(shape, change.value)
  if (trouble) return `The value of ${change.field} ${trouble}.`
  const item = path.at(-1)
  const named = isObject(change.value) ? change.value['name'] : undefined
  if (shape === 'env-item' && item !== undefined && 'by' in item && named !== item.is) {
    return `The value of ${change.field} is another variable.`
  }
  return undefined
}
