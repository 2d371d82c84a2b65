import { OperatorError } from '#src/domain/errors.ts'
import { type FieldPath, parseFieldPath, valueAt, whereItFits, withValueAt } from '#src/domain/field-path.ts'
import { isObject, type Json } from '#src/domain/json.ts'
import { asJson, groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import type { InlineSite } from '#src/domain/root.ts'
import { targetKey, targetOf } from '#src/domain/target.ts'
import { editInlineManifest } from '#src/manifests/yaml/edit-manifest-text.ts'
import type { EditCandidate, KustomizeSources } from './edit-candidates.ts'
import type { EngineRoot } from './engine-roots.ts'
import { isBelow } from './repository-files.ts'
import { objectsOf } from './target-match.ts'

/**
 * Places of Git that hold what an engine's object says in one of its fields, in the order to try. `sources` are those of
 * the root that renders the engine's object, where that does not stand in a plain manifest.
 */
export function siteCandidates(
  engine: EngineRoot,
  sources: KustomizeSources | undefined,
  site: InlineSite,
  change: (present: Json) => Json | undefined,
): readonly EditCandidate[] {
  const inText = site.text === true ? textChange(change) : change
  if (site.file !== undefined)
    return [{ file: site.file, place: { document: 0, at: [] }, change: at(site, inText), kind: 'values' }]
  if (targetKey(site.object) !== targetKey(targetOf(engine.origin.object))) return []
  const { origin } = engine
  if (origin.kind === 'plain')
    return [{ file: origin.file, place: origin.place, change: at(site, inText), kind: 'values' }]
  const path = parseFieldPath(site.field)
  return (sources?.others ?? [])
    .flatMap(({ file, documents }) =>
      objectsOf(documents)
        .filter(({ object }) => isSame(object, origin.object))
        .map(({ place, object }) => ({ file, place, says: valueAt(asJson(object), path) !== undefined })),
    )
    .sort(
      (a, b) =>
        Number(b.says) - Number(a.says) ||
        Number(isBelow(b.file, origin.root.folder)) - Number(isBelow(a.file, origin.root.folder)),
    )
    .map(({ file, place }) => ({ file, place, change: at(site, inText), kind: 'values' }))
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  return (
    a.kind === b.kind &&
    groupOf(a.apiVersion) === groupOf(b.apiVersion) &&
    b.metadata.name.includes(a.metadata.name)
  )
}

/** The change of an object in whose field something is changed. */
function at(
  site: InlineSite,
  change: (present: Json) => Json | undefined,
): (present: Json) => Json | undefined {
  const path: FieldPath = parseFieldPath(site.field)
  return (present) => {
    if (!isObject(present)) return undefined
    const after = change(valueAt(present, path) ?? null)
    return after === undefined ? undefined : whereItFits(() => withValueAt(present, path, after))
  }
}

function textChange(change: (present: Json) => Json | undefined): (present: Json) => Json | undefined {
  return (present) => {
    if (typeof present !== 'string') return undefined
    try {
      return editInlineManifest(present, change)
    } catch (error) {
      if (error instanceof OperatorError && error.code === 'EditRefused') return undefined
      throw error
    }
  }
}
