import { OperatorError } from '#src/domain/errors.ts'
import type { Fault } from '#src/domain/fault.ts'
import { type FieldPath, formatFieldPath, parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { equalJson, isArray, isObject, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'

/** The fields of a container that faults of these families are about. */
const COMPARED = ['image', 'command', 'args', 'workingDir', 'env', 'envFrom'] as const

/**
 * A fix in Git helps only if the cluster runs what Git says. Throws LiveDiffersFromGit where the field at fault differs:
 * somebody changed the workload by hand, or Git was changed and has not been applied yet. Then waiting is right.
 */
export function assertInSync(live: KubeObject, rendered: KubeObject, fault: Fault): void {
  const at = parseFieldPath(fault.field)
  const paths: readonly FieldPath[] =
    fault.family === 'image' ? [at] : COMPARED.map((member) => [...at, { member }])
  for (const path of paths) {
    if (covers(valueAt(asJson(live), path), valueAt(asJson(rendered), path))) continue
    throw new OperatorError(
      'LiveDiffersFromGit',
      `${formatFieldPath(path)} in the cluster is not what Git says; waiting until one of them changes`,
    )
  }
}

/** Equal up to what the API server fills in: members that Git does not name. */
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
  return equalJson(live, git)
}

function isEmpty(value: Json): boolean {
  return (isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0)
}
