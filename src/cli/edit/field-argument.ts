import { type Document, isScalar, parseDocument, Scalar } from 'yaml'
import { OperatorError } from '#src/domain/errors.ts'
import { type FieldPath, parseFieldPath } from '#src/domain/field-path.ts'
import type { Json } from '#src/domain/json.ts'

/** What a person asks of one field. */
export type FieldRequest =
  | { readonly op: 'remove'; readonly path: FieldPath }
  | {
      readonly op: 'set'
      readonly path: FieldPath
      readonly value: Json
      /** The text of an unquoted scalar: what it would be as a string. */
      readonly plain: string | undefined
    }

/** Reads `FIELD=VALUE`: the first `=` outside of brackets and quotes parts them; VALUE is a YAML scalar or flow value. */
export function setArgument(text: string): FieldRequest {
  const at = separator(text)
  if (at < 0) throw wrong(text, 'write it as FIELD=VALUE')
  const source = text.slice(at + 1)
  const document = parseDocument(source, { version: '1.2', logLevel: 'error' })
  const [error] = document.errors
  if (error || (document.contents !== null && !isFlow(document)))
    throw wrong(text, 'the value is not a YAML scalar or flow value on one line')
  const node = document.contents
  const isPlain = node === null || (isScalar(node) && node.type === Scalar.PLAIN)
  const value = node === null ? '' : (document.toJS({ maxAliasCount: 0 }) as Json)
  return {
    op: 'set',
    path: fieldOf(text, text.slice(0, at)),
    value,
    plain: isPlain && (value === null || typeof value !== 'object') ? source.trim() : undefined,
  }
}

export function unsetArgument(text: string): FieldRequest {
  return { op: 'remove', path: fieldOf(text, text) }
}

function fieldOf(text: string, field: string): FieldPath {
  try {
    return parseFieldPath(field)
  } catch (error) {
    throw wrong(text, error instanceof Error ? error.message : 'the field cannot be read')
  }
}

function isFlow(document: Document): boolean {
  const { contents } = document
  if (isScalar(contents))
    return contents.type !== Scalar.BLOCK_FOLDED && contents.type !== Scalar.BLOCK_LITERAL
  return contents !== null && 'flow' in contents && contents.flow === true
}

/** The position of the `=` that parts field and value, or -1. */
function separator(text: string): number {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (quoted && character === '\\') at++
    else if (character === '"' && depth > 0) quoted = !quoted
    else if (quoted) continue
    else if (character === '[') depth++
    else if (character === ']') depth--
    else if (character === '=' && depth === 0) return at
  }
  return -1
}

function wrong(text: string, why: string): OperatorError {
  const shown = text.split('=', 1)[0] ?? ''
  return new OperatorError('ConfigInvalid', why, { object: shown.slice(0, 200) })
}
