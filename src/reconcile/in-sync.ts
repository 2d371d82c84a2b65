import { OperatorError } from '#src/domain/errors.ts'
import type { Fault } from '#src/domain/fault.ts'
import { type FieldPath, formatFieldPath, parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { equalJson, isArray, isObject, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { quantity } from '#src/domain/quantity.ts'

/** The fields of a container that say what it runs. */
const COMPARED = ['image', 'command', 'args', 'workingDir', 'env', 'envFrom'] as const

/**
 * A fix in Git helps only if the cluster runs what Git says. Throws LiveDiffersFromGit where the field at fault differs:
 * somebody changed the workload by hand, or Git was changed and has not been applied yet. Then waiting is right.
 */
export function assertInSync(live: KubeObject, rendered: KubeObject, fault: Fault): void {
  if (fault.field === '') return
  for (const path of compared(parseFieldPath(fault.field))) {
    const git = valueAt(asJson(rendered), path)
    const field = formatFieldPath(path)
    if (git === undefined && mayBeFilledIn(field)) continue
    if (covers(valueAt(asJson(live), path), git)) continue
    throw new OperatorError(
      'LiveDiffersFromGit',
      `${field} in the cluster is not what Git says; waiting until one of them changes`,
    )
  }
}

/** False for what nothing fills in: absent in Git and there in the cluster, somebody set it by hand. */
export function mayBeFilledIn(field: string): boolean {
  return !/\.(image|command|args|workingDir|env|envFrom|resources\.[a-z]+\.[a-z-]+|nodeSelector|affinity)$/.test(
    field,
  )
}

/** Of a whole container, the members that say what it runs. */
function compared(path: FieldPath): readonly FieldPath[] {
  const list = path.at(-2)
  const isContainer = list !== undefined && 'member' in list && /^(init)?containers$/i.test(list.member)
  return isContainer ? COMPARED.map((member) => [...path, { member }]) : [path]
}

/** Equal up to what the API server fills in, members that Git does not name, and up to how an amount is written. */
function covers(live: Json | undefined, git: Json | undefined): boolean {
  if (git === undefined || git === null) return live === undefined || live === null || isEmpty(live)
  if (isObject(git)) {
    return (
      isObject(live) &&
      Object.entries(git).every(([key, value]) => value === undefined || covers(live[key], value))
    )
  }
  if (isArray(git)) {
    return isArray(live) && live.length === git.length && git.every((item, i) => covers(live[i], item))
  }
  return equalJson(live, git) || (quantity(git) !== undefined && quantity(live) === quantity(git))
}

function isEmpty(value: Json): boolean {
  return (isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0)
}
