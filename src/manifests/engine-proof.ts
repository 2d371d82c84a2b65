import type { FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { equalJson } from '#src/domain/json.ts'
import { asJson, groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import type { Root } from '#src/domain/root.ts'
import { type TargetRef, targetKey, targetOf } from '#src/domain/target.ts'
import type { EngineRoot } from './engine-roots.ts'
import { isBelow } from './repository-files.ts'
import type { Origin } from './trace.ts'

/** What a person names as a chart with value files may be overridden by what the engine's object adds to it. */
export function refuseOverridden(
  after: KubeObject | undefined,
  changes: readonly FieldChange[],
  engine: string,
): void {
  for (const change of changes) {
    const present = after && valueAt(asJson(after), parseFieldPath(change.field))
    const wanted = change.op === 'set' ? change.value : undefined
    if (present === undefined ? wanted !== undefined : wanted === undefined || !equalJson(present, wanted))
      throw new OperatorError('EditRefused', `what ${engine} says itself decides it; change it there`, {
        object: change.field,
      })
  }
}

/** A root that a person named as a chart with value files, and an engine's root that renders it, perhaps with more. */
export function isSameRelease(own: Root, other: Root): boolean {
  const [named, engine] = [own.helm, other.helm]
  if (named === undefined || engine === undefined || own.folder !== other.folder) return false
  const files = new Set(engine.values.map((layer) => (layer.kind === 'file' ? layer.path : undefined)))
  return (
    named.release === engine.release &&
    (named.namespace === 'default' || named.namespace === engine.namespace) &&
    named.values.every((layer) => layer.kind === 'file' && files.has(layer.path))
  )
}

/** The same object wherever it is applied: the namespace of a release is not always said. */
export function isAlike(a: KubeObject, b: KubeObject): boolean {
  const isSamePlace = a.metadata.namespace === b.metadata.namespace
  const isOpen = a.metadata.namespace === undefined || b.metadata.namespace === undefined
  return (
    a.kind === b.kind &&
    groupOf(a.apiVersion) === groupOf(b.apiVersion) &&
    a.metadata.name === b.metadata.name &&
    (isSamePlace || isOpen)
  )
}

/** True where the target is the engine's object that makes a root, or one of those that lead to it. */
export function isMadeBy(engine: EngineRoot, { object, ...origin }: Origin): boolean {
  const isTarget = (ref: TargetRef) => targetKey(ref) === targetKey(targetOf(object))
  if (engine.parents.some((parent) => isTarget(parent.object))) return true
  const holder = engine.origin.root.folder
  const isHere = origin.kind === 'plain' ? isBelow(origin.file, holder) : origin.root.folder === holder
  return isHere && isTarget(targetOf(engine.origin.object))
}
