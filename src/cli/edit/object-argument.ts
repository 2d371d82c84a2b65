import { OperatorError } from '#src/domain/errors.ts'
import type { WantedObject } from '#src/manifests/checkout/wanted-object.ts'

const SHAPE = /^([A-Za-z][A-Za-z0-9]*)(?:\.([a-z0-9.-]+))?\/([a-z0-9.-]+)\/([^/\s]+)$/

/** Reads `Kind/namespace/name` or `Kind.group/namespace/name`; the namespace is `-` where the manifest carries none. */
export function objectArgument(text: string): WantedObject {
  const [, kind, group, namespace, name] = SHAPE.exec(text) ?? []
  if (kind === undefined || namespace === undefined || name === undefined) {
    throw new OperatorError(
      'ConfigInvalid',
      'write it as Kind/namespace/name, or Kind/-/name for an object without a namespace',
      { object: text.slice(0, 200) },
    )
  }
  return { kind, group, namespace: namespace === '-' ? '' : namespace, name }
}
