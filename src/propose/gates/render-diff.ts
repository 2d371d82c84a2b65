import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { differences } from '#src/domain/difference.ts'
import { formatFieldPath, isWithin, valueAt } from '#src/domain/field-path.ts'
import { equalJson } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import { pathOf } from './schema.ts'
import { judge } from './verdict.ts'

/** What Git renders after the edit is what it rendered before, with exactly the proposed changes. */
export function renderDiffGate(
  before: KubeObject,
  after: KubeObject,
  changes: readonly FieldChange[],
): GateVerdict {
  const proposed = changes.map(pathOf).filter((path) => path !== undefined)
  const stray = differences(asJson(before), asJson(after))
    .filter(({ path }) => !proposed.some((field) => isWithin(path, field) || isWithin(field, path)))
    .map(({ path }) => `${formatFieldPath(path)} would change, and nobody proposed it.`)
  const missing = changes.flatMap((change) => {
    const path = pathOf(change)
    const value = change.op === 'set' ? change.value : undefined
    const done = path !== undefined && equalJson(valueAt(asJson(after), path), value)
    return done ? [] : [`${change.field} would not become what was proposed.`]
  })
  const troubles = [...stray, ...missing]
  if (troubles.length === 0 && !equalJson(applyChanges(asJson(before), changes), asJson(after))) {
    troubles.push('More would change beside the proposed fields.')
  }
  return judge('render-diff', troubles, `Git renders exactly ${changes.length} changed fields of the target.`)
}
