import { type Document, isMap, isScalar, isSeq, type Pair, Scalar, visit } from 'yaml'
import type { EmitStyle } from './yaml-emit.ts'
import { columnOf, rangeOf } from './yaml-nodes.ts'
import type { ScalarStyle } from './yaml-scalar.ts'

/** True when the document is JSON: only double quotes and flow collections may be written into it. */
export function isJsonText(text: string): boolean {
  if (!/^\ufeff?\s*[{[]/.test(text)) return false
  try {
    JSON.parse(text.replace(/^\ufeff/, ''))
    return true
  } catch {
    return false
  }
}

/** The style to write new nodes in, beside the given collection. */
export function styleBeside(document: Document, text: string, collection: unknown): EmitStyle {
  const { step, indentLists } = indentation(document, text)
  return {
    strings: isJsonText(text) ? 'json' : stringStyle(collection),
    lineEnd: text.includes('\r\n') ? '\r\n' : '\n',
    step,
    indentLists,
    padding: padding(text, collection),
  }
}

/** How most strings of a collection are written; plain where there are none. */
function stringStyle(collection: unknown): ScalarStyle {
  const counts: Record<'plain' | 'single' | 'double', number> = { plain: 0, single: 0, double: 0 }
  const values = isMap(collection)
    ? collection.items.map(({ value }) => value)
    : isSeq(collection)
      ? collection.items
      : []
  for (const value of values) {
    const style = isScalar(value) && typeof value.value === 'string' ? scalarStyle(value) : undefined
    if (style === 'plain' || style === 'single' || style === 'double') counts[style] += 1
  }
  if (counts.double > counts.plain && counts.double >= counts.single) return 'double'
  return counts.single > counts.plain ? 'single' : 'plain'
}

/** The style a scalar stands in; undefined for block scalars. */
export function scalarStyle(scalar: Scalar): ScalarStyle | undefined {
  if (scalar.type === Scalar.QUOTE_DOUBLE) return 'double'
  if (scalar.type === Scalar.QUOTE_SINGLE) return 'single'
  return scalar.type === Scalar.BLOCK_LITERAL || scalar.type === Scalar.BLOCK_FOLDED ? undefined : 'plain'
}

function padding(text: string, collection: unknown): string {
  if (!(isMap(collection) || isSeq(collection)) || !collection.flow) return ''
  return text[rangeOf(collection)[0] + 1] === ' ' ? ' ' : ''
}

/** What the document does: blanks per level, and whether lists below a key are indented. */
function indentation(document: Document, text: string): Pick<EmitStyle, 'step' | 'indentLists'> {
  let step: number | undefined
  let indentLists: boolean | undefined
  visit(document, {
    Pair(_key, pair) {
      const difference = columnDifference(pair, text)
      if (difference === undefined) return
      if (isSeq(pair.value)) {
        indentLists ??= difference > 0
      } else if (difference > 0) {
        step ??= difference
      }
    },
  })
  return { step: step ?? 2, indentLists: indentLists ?? true }
}

/** How much deeper than its key a block collection begins. For a list that is its first dash. */
function columnDifference(pair: Pair, text: string): number | undefined {
  const { key, value } = pair
  if (!isScalar(key) || !(isMap(value) || isSeq(value)) || value.items.length === 0) return undefined
  const [start] = rangeOf(key)
  if (value.flow) {
    // JSON over several lines: the depth of its first line.
    const inner = /^[[{][ \t]*\r?\n([ \t]*)/.exec(text.slice(rangeOf(value)[0]))
    return inner && isMap(value) ? (inner[1] ?? '').length - columnOf(text, start) : undefined
  }
  return columnOf(text, rangeOf(value)[0]) - columnOf(text, start)
}
