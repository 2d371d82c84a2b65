import type { FieldChange } from '#src/domain/change.ts'
import { changesOf } from '#src/domain/change.ts'
import { type Difference, differences } from '#src/domain/difference.ts'
import { isArray, isObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'

/**
 * The changes between two renders of the target, as fine as proposals write them: a list whose items have no key
 * (`envFrom`, projected sources) is compared position by position while its length stays.
 */
export function mergedChanges(before: KubeObject, after: KubeObject): readonly FieldChange[] {
  return changesOf(differences(asJson(before), asJson(after)).flatMap(byPosition))
}

function byPosition(difference: Difference): readonly Difference[] {
  const { path, before, after } = difference
  if (!isArray(before) || !isArray(after) || before.length !== after.length) return [difference]
  if (![...before, ...after].every(isObject)) return [difference]
  return before.flatMap((item, index) =>
    differences(item, after[index], [...path, { index }]).flatMap(byPosition),
  )
}
