import { OperatorError } from '#src/domain/errors.ts'
import { type FieldPath, formatFieldPath, type Segment, valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, ownMember } from '#src/domain/json.ts'
import { asJson } from '#src/domain/kube-object.ts'
import { namedPath } from '#src/domain/named-path.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { parseImage } from '#src/manifests/kustomize/image-reference.ts'
import { type ChainLink, chainTo } from '#src/manifests/kustomize/kustomize-chain.ts'
import type { Affected } from './affected.ts'
import type { TargetEditor } from './edit-target.ts'
import type { RootRenderer } from './render-root.ts'
import type { RepositoryFiles } from './repository-files.ts'
import type { RepositoryReader } from './repository-reader.ts'
import type { Origin } from './trace.ts'

/** The line in Git that feeds a field of a rendered object. */
export interface Located {
  /** The leaf that was looked for: the field itself, or the first one below it. */
  readonly field: string
  readonly value: Json
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** From the root to the file. */
  readonly chain: readonly ChainLink[]
  /** Other objects that the same line feeds. */
  readonly feeds: readonly Affected[]
}

export type Locator = (
  files: RepositoryFiles,
  origin: Origin,
  target: TargetRef,
  field: FieldPath,
) => Promise<Located>

/**
 * Finds the source of a field by perturbation: another value is tried in the places that may feed it until the render
 * shows it, and nothing is kept. EditRefused where no file can be changed so that only this field follows.
 */
export function locator(reader: RepositoryReader, renderer: RootRenderer, edit: TargetEditor): Locator {
  return async (files, origin, target, path) => {
    const object = asJson(origin.object)
    const leaf = firstLeaf(object, namedPath(path, object))
    if (leaf === undefined)
      throw new OperatorError('NotInGit', 'the field is not set in Git', { object: formatFieldPath(path) })
    const field = formatFieldPath(leaf.path)
    const changes = [{ op: 'set', field, value: perturbed(leaf.value, leaf.path) }] as const
    const { edits, proof } = await edit(files, { origin, target, changes, sharing: 'allow' })
    const [place] = edits
    if (place === undefined) throw new OperatorError('EditRefused', 'no file sets it', { object: field })
    const { file, line } = place
    const chain =
      origin.kind === 'plain'
        ? [{ what: 'manifest' as const, path: file }]
        : await chainTo(reader, renderer, files, origin.root, file)
    return { field, value: leaf.value, file, line, chain, feeds: proof.radius }
  }
}

interface Leaf {
  readonly path: FieldPath
  readonly value: Json
}

function firstLeaf(object: Json, path: FieldPath): Leaf | undefined {
  const value = valueAt(object, path)
  if (value === undefined) return undefined
  const [inner] = isArray(value)
    ? value.map((item, i): Segment => {
        const name = ownMember(item, 'name')
        return typeof name === 'string' ? { by: 'name', is: name } : { index: i }
      })
    : isObject(value)
      ? Object.keys(value)
          // A name tells the item; other fields tell where it comes from.
          .sort((a, b) => Number(a === 'name') - Number(b === 'name'))
          .map((member): Segment => ({ member }))
      : []
  return inner === undefined ? { path, value } : firstLeaf(object, [...path, inner])
}

/** Another value of the same type and form. */
function perturbed(value: Json, path: FieldPath): Json {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  if (typeof value !== 'string') return 'x'
  const last = path.at(-1)
  if (last !== undefined && 'member' in last && last.member === 'image') {
    const { name, tag, digest } = parseImage(value)
    if (tag !== undefined && digest === undefined) return `${name}:${tag}-x`
    if (digest === undefined) return `${name}:x`
  }
  return `${value}x`
}
