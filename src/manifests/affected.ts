import { differences } from '#src/domain/difference.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { Rendered } from './render-root.ts'
import { identityOf } from './target-match.ts'

/** An object besides the target that an edit changes: one entry of the blast radius. */
export interface Affected {
  /** `Deployment.apps staging/web`. */
  readonly object: string
  /** The root that renders it, or the file it stands in. */
  readonly root: string
  /** Its differing fields, some of them when they are many; empty for an object that comes, goes or is renamed. */
  readonly fields: readonly string[]
  /** An engine makes it from the target itself: it differs because the target does. */
  readonly follows?: true
}

/** What differs for another reason than that the target does: it needs consent. */
export function sharedBy(radius: readonly Affected[]): readonly Affected[] {
  return radius.filter(({ follows }) => follows !== true)
}

/** The same object before and after; one side is missing where it came or went. */
export interface ObjectPair {
  readonly before: KubeObject | undefined
  readonly after: KubeObject | undefined
}

const MAX_FIELDS = 20

/**
 * Pairs the objects of two renders of one root by what they are. An object whose generated name changed (the hash suffix
 * of a generator) is paired with its successor.
 */
export function pairObjects(before: Rendered, after: Rendered): readonly ObjectPair[] {
  const rest = new Map<string, KubeObject[]>()
  for (const object of after) {
    const key = identityOf(object)
    rest.set(key, [...(rest.get(key) ?? []), object])
  }
  const pairs: ObjectPair[] = []
  const gone: KubeObject[] = []
  for (const object of before) {
    const successor = rest.get(identityOf(object))?.shift()
    if (successor === undefined) gone.push(object)
    else pairs.push({ before: object, after: successor })
  }
  const come = [...rest.values()].flat()
  for (const object of gone) {
    const stem = generatedStem(object)
    const at = stem === undefined ? -1 : come.findIndex((each) => generatedStem(each) === stem)
    pairs.push({ before: object, after: at < 0 ? undefined : come.splice(at, 1)[0] })
  }
  return [...pairs, ...come.map((object) => ({ before: undefined, after: object }))]
}

/** Identity without the hash that kustomize's generators append (ten letters and digits). */
function generatedStem(object: KubeObject): string | undefined {
  if (object.kind !== 'ConfigMap' && object.kind !== 'Secret') return undefined
  const stem = /^(.+)-[a-z0-9]{10}$/.exec(object.metadata.name)?.[1]
  return stem === undefined
    ? undefined
    : identityOf({ ...object, metadata: { ...object.metadata, name: stem } })
}

export function affectedBy({ before, after }: ObjectPair, root: string): Affected | undefined {
  const object = before ?? after
  if (object === undefined) return undefined
  if (before === undefined || after === undefined) return { object: identityOf(object), root, fields: [] }
  const fields = differences(asJson(before), asJson(after)).map(({ path }) => formatFieldPath(path))
  return fields.length === 0
    ? undefined
    : { object: identityOf(object), root, fields: fields.slice(0, MAX_FIELDS) }
}

const MAX_LISTED = 10

/** The edit's only source feeds other objects too. */
export class SharedSourceError extends OperatorError {
  readonly affected: readonly Affected[]

  constructor(target: string, fields: readonly string[], radius: readonly Affected[]) {
    const affected = sharedBy(radius)
    const listed = affected
      .slice(0, MAX_LISTED)
      .map(({ object, root }) => `${object} (${root})`)
      .join(', ')
    const more = affected.length > MAX_LISTED ? ` and ${affected.length - MAX_LISTED} more` : ''
    super('BlastRadius', `the source of ${fields.join(', ')} also feeds ${listed}${more}`, { object: target })
    this.affected = affected
  }
}
