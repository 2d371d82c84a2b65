import { isMap, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Json } from '#src/domain/json.ts'
import { type EmitStyle, emitFlow, emitJsonLines, emitKey } from './yaml-emit.ts'
import { beginsLine, endOfLine, isUnwritten, lineStart, nextLine, rangeOf, refuse } from './yaml-nodes.ts'
import type { Splices } from './yaml-splice.ts'

interface Member {
  readonly start: number
  readonly end: number
}

/** A new member of a flow map (with `key`) or list, behind its first `position` members, on a line like theirs. */
export function* insertInFlow(
  collection: YAMLMap | YAMLSeq,
  key: string | undefined,
  position: number,
  text: string,
  value: Json,
  style: EmitStyle,
): Generator<Splices> {
  const all = members(collection, text)
  const [before, next] = [all[position - 1], all[position]]
  const beside = before ?? next
  if (beside === undefined) throw refuse('an empty collection is replaced as a whole')
  const source = memberSource(key, value, style, text, beside)
  const ownLine = beginsLine(text, beside.start)
  if (before === undefined) {
    const separator = ownLine ? `,${style.lineEnd}${indentOf(text, beside.start)}` : style.comma
    yield [{ start: beside.start, end: beside.start, text: source + separator }]
    return
  }
  const comma = commaBehind(text, before.end)
  if (!ownLine) {
    const behind = comma === undefined ? style.comma + source : `${style.comma.slice(1)}${source},`
    const at = comma ?? before.end
    yield [{ start: at, end: at, text: behind }]
    return
  }
  // On a line of its own: behind the comma, and the comment that may follow it.
  const line = `${style.lineEnd}${indentOf(text, before.start)}${source}`
  if (comma === undefined) {
    const end = commentEnd(text, before.end)
    yield end === before.end
      ? [{ start: end, end, text: `,${line}` }]
      : [
          { start: before.end, end: before.end, text: ',' },
          { start: end, end, text: line },
        ]
    return
  }
  const end = commentEnd(text, comma)
  yield [{ start: end, end, text: `${line},` }]
}

/** A member with the comma that parts it from its neighbours, and its lines where they hold nothing else. */
export function* removeFromFlow(
  collection: YAMLMap | YAMLSeq,
  index: number,
  text: string,
): Generator<Splices> {
  const all = members(collection, text)
  const [before, member, next] = [all[index - 1], all[index], all[index + 1]]
  if (member === undefined) throw refuse('there is no such member')
  if (before === undefined && next === undefined) throw refuse('the only member is not removed')
  const comma = commaBehind(text, member.end)
  const end = commentEnd(text, comma ?? member.end)
  const whole = beginsLine(text, member.start) && text.slice(end, endOfLine(text, end)).trim() === ''
  const lastComma = comma === undefined && before !== undefined ? commaBehind(text, before.end) : undefined
  if (whole && (comma !== undefined || lastComma !== undefined)) {
    const lines = { start: lineStart(text, member.start), end: nextLine(text, end), text: '' }
    yield lastComma === undefined ? [lines] : [{ start: lastComma - 1, end: lastComma, text: '' }, lines]
    return
  }
  if (next !== undefined) yield [{ start: member.start, end: next.start, text: '' }]
  // From the end of the one before to the end of this one: the comma lies between.
  else yield [{ start: before?.end ?? member.start, end: member.end, text: '' }]
}

function memberSource(
  key: string | undefined,
  value: Json,
  style: EmitStyle,
  text: string,
  beside: Member,
): string {
  const lines = style.json && style.unit !== undefined && beginsLine(text, beside.start)
  const nested = lines
    ? emitJsonLines(value, style, indentOf(text, beside.start))
    : emitFlow(value, style, key)
  return key === undefined ? nested : `${emitKey(key, style, true)}${style.colon}${nested}`
}

/** Blanks and tabs at the start of the line of an offset. */
export function indentOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? ''
}

/** The source ranges of a flow collection's members, in order. */
function members(collection: YAMLMap | YAMLSeq, text: string): readonly Member[] {
  const first = rangeOf(collection)[0]
  let from = first + 1
  return (collection.items as unknown[]).map((item) => {
    const pair = isMap(collection) ? (item as Pair) : undefined
    const node = pair === undefined ? item : pair.key
    const [own, ownEnd] = rangeOf(node)
    const end =
      pair === undefined || pair.value === null
        ? ownEnd
        : isUnwritten(pair.value)
          ? Math.max(colonBehind(text, ownEnd), rangeOf(pair.value)[0])
          : rangeOf(pair.value)[1]
    // Anchors and tags stand before a node's own range.
    const start = marksBefore(text, from, own)
    from = end
    return { start, end: trimmedEnd(text, start, end) }
  })
}

function marksBefore(text: string, from: number, own: number): number {
  const marks = /(?:[&!][^\s,[\]{}]*\s+)+$/.exec(text.slice(from, own))
  return own - (marks?.[0].length ?? 0)
}

function trimmedEnd(text: string, start: number, end: number): number {
  return start + text.slice(start, end).trimEnd().length
}

function colonBehind(text: string, offset: number): number {
  const colon = /^\s*:/.exec(text.slice(offset, offset + 500))
  return offset + (colon?.[0].length ?? 0)
}

/** The offset behind the comma that follows a member; undefined where none does. */
function commaBehind(text: string, end: number): number | undefined {
  const blank = /^(?:\s|(?<=\s)#[^\n]*)*,/.exec(text.slice(end))
  return blank ? end + blank[0].length : undefined
}

/** The end of the line where nothing but a comment follows; the same offset otherwise. */
function commentEnd(text: string, offset: number): number {
  const end = endOfLine(text, offset)
  return /^\s+#/.test(text.slice(offset, end)) ? end : offset
}
