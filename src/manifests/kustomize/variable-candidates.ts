import type { FieldChange } from '#src/domain/change.ts'
import { parseFieldPath, valueAt, withValueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type EditCandidate, type KustomizeSources, manifestsIn } from '#src/manifests/edit-candidates.ts'
import { variableSources } from './flux-substitute.ts'
import { leafChanges } from './kustomize-merge.ts'

/** Variables of Flux that the field's text names, and defaults in that text. */
export function variableCandidates(
  sources: KustomizeSources,
  rendered: KubeObject,
  change: FieldChange,
): readonly EditCandidate[] {
  const { substitute, variables = [] } = sources.engine ?? {}
  const [leaf, second] = leafChanges(rendered, change)
  if (substitute === undefined || leaf?.op !== 'set' || second !== undefined) return []
  const { value: wanted, field } = leaf
  if (isObject(wanted) || isArray(wanted)) return []
  const path = parseFieldPath(field)
  return sources.others
    .flatMap((each) => manifestsIn(each, rendered))
    .flatMap(({ object, place, file }) => {
      const text = valueAt(asJson(object), path)
      if (typeof text !== 'string') return []
      return variableSources(text, substitute, wanted).flatMap((source): EditCandidate[] =>
        source.kind === 'text'
          ? [{ file, place, change: (present) => withValueAt(present, path, source.text), kind: 'manifest' }]
          : variables.map((host) => ({
              file: host.file,
              place: host.place,
              change: (present: Json) =>
                isObject(present) && present[source.name] !== undefined
                  ? { ...present, [source.name]: source.value }
                  : undefined,
              kind: 'variable',
            })),
      )
    })
}
