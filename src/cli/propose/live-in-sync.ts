import { OperatorError } from '#src/domain/errors.ts'
import { type FieldPath, formatFieldPath, parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { mayBeFilledIn } from '#src/reconcile/in-sync.ts'
import { otherValues } from './resemblance.ts'

/**
 * A fix in Git helps only if the cluster has what Git says: throws LiveDiffersFromGit where one of the fields is another
 * in the cluster: it was changed by hand, or Git was changed and is not applied yet.
 */
export function assertLiveIsGit(live: KubeObject, rendered: KubeObject, fields: readonly string[]): void {
  for (const path of fields.flatMap((field) => compared(parseFieldPath(field)))) {
    const field = formatFieldPath(path)
    const git = valueAt(asJson(rendered), path)
    const own = valueAt(asJson(live), path)
    const isFilledIn = git === undefined && mayBeFilledIn(field)
    if (git === undefined ? own === undefined || isFilledIn : otherValues(own, git) === 0) continue
    throw new OperatorError(
      'LiveDiffersFromGit',
      `${field} in the cluster is not what Git says; one of them has to change first`,
    )
  }
}

/** Of a whole container, the members that say what it runs. */
const OF_A_CONTAINER = ['image', 'command', 'args', 'workingDir', 'env', 'envFrom'] as const

function compared(path: FieldPath): readonly FieldPath[] {
  const list = path.at(-2)
  const isContainer = list !== undefined && 'member' in list && /^(init)?containers$/i.test(list.member)
  return isContainer ? OF_A_CONTAINER.map((member) => [...path, { member }]) : [path]
}
