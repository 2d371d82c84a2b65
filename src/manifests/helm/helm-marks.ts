import type { FieldPath } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json } from '#src/domain/json.ts'

/** A value replaced by one that is found again wherever it is rendered to. */
export interface Mark {
  readonly path: FieldPath
  /** What stood there; undefined when the key had no value. */
  readonly present: Json | undefined
  readonly value: Json
  /** The part of the value that no other mark has. */
  readonly token: string
}

const QUANTITY = /^\d+(\.\d+)?([A-Za-z%]{0,3})$/

/**
 * A value of the same type: numbers stay numbers, quantities quantities, other texts get an ending that image tags, names
 * and versions may have. A boolean becomes a text, which is true for a template.
 */
export function markOf(index: number, path: FieldPath, present: Json | undefined): Mark {
  const word = `zq${index}z`
  const digits = String(31_007 + 13 * index)
  if (typeof present === 'number') return { path, present, value: Number(digits), token: digits }
  if (typeof present === 'string') {
    const quantity = QUANTITY.exec(present)
    if (quantity) return { path, present, value: `${digits}${quantity[2] ?? ''}`, token: digits }
    return { path, present, value: present === '' ? word : `${present}-${word}`, token: word }
  }
  if (isObject(present)) return { path, present, value: { [word]: word }, token: word }
  if (isArray(present)) return { path, present, value: [word], token: word }
  return { path, present, value: word, token: word }
}

/** Marks whose token stands anywhere in a rendered value. */
export function seenIn(value: Json | undefined, marks: readonly Mark[]): readonly Mark[] {
  if (value === undefined) return []
  const text = JSON.stringify(value).toLowerCase()
  return marks.filter(({ token }) => text.includes(token))
}
