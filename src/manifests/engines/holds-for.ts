import { groupOf } from '#src/domain/kube-object.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { EngineSource, Hold, IgnoredFields } from './engine-source.ts'

/** The change that is asked about. */
export interface HeldChange {
  readonly target: TargetRef
  /** RFC 6901 pointer of the field in the target: `/spec/replicas`. */
  readonly pointer: string
  /** The file to be changed, where it is known. */
  readonly file?: string
}

/** The holds of a source that concern one change: ignored fields only where they meet it, a chart's where its files change. */
export function holdsFor(source: EngineSource, change: HeldChange): readonly Hold[] {
  return source.holds.filter(({ only, below }) => {
    if (below !== undefined && change.file !== undefined && !isBelow(change.file, below)) return false
    return only === undefined || concerns(only, change)
  })
}

function concerns({ pointers, ...selector }: IgnoredFields, { target, pointer }: HeldChange): boolean {
  const facts = { ...target, group: groupOf(target.apiVersion) }
  const selected = (['group', 'kind', 'namespace', 'name'] as const).every(
    (key) => selector[key] === undefined || fits(selector[key], facts[key]),
  )
  if (!selected) return false
  // Which fields other expressions than pointers mean is not known: any.
  return pointers.length === 0 || pointers.some((each) => isBelow(pointer, each) || isBelow(each, pointer))
}

/** Flux reads a selector as an expression for the whole text (kustomize); plain names are the same in both engines. */
function fits(pattern: string, text: string): boolean {
  // A pattern of more than names cannot be judged here and is taken to fit.
  return /^[\w.-]*$/.test(pattern) ? pattern === text : true
}

function isBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}
