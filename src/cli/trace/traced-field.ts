import { OperatorError } from '#src/domain/errors.ts'
import { type FieldPath, parseFieldPath } from '#src/domain/field-path.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { POD_TEMPLATE } from '#src/domain/target.ts'

export function fieldArgument(text: string): FieldPath {
  try {
    return parseFieldPath(text)
  } catch (error) {
    throw new OperatorError('ConfigInvalid', error instanceof Error ? error.message : 'it cannot be read', {
      object: text.slice(0, 200),
    })
  }
}

/** Without a field: the images of a workload, else the first thing below its spec or data. */
export function tellingField(object: KubeObject): FieldPath {
  const template = Object.entries(POD_TEMPLATE).find(([kind]) => kind === object.kind)?.[1]
  if (template !== undefined) return parseFieldPath(`${template}.spec.containers[0].image`)
  const [member] = ['spec', 'data', 'stringData', 'rules', 'webhooks'].filter(
    (each) => object[each] !== undefined,
  )
  return member === undefined ? [{ member: 'metadata' }, { member: 'name' }] : [{ member }]
}
