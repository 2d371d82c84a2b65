import { isArray, isObject, type Json } from '#src/domain/json.ts'
import type { Mark } from './helm-marks.ts'
import type { ValueSet } from './helm-values.ts'

const MAX_MARKS = 6

/**
 * What the marked values would have to be for a field to become `wanted`, told by how the field came out with the marks in
 * it. Those ways that change the fewest values; none when the wanted text does not fit the pattern.
 */
export function solve(
  marked: Json | undefined,
  marks: readonly Mark[],
  wanted: Json,
): readonly (readonly ValueSet[])[] {
  const whole = marks.find(
    ({ value }) => isScalar(value) && isScalar(marked) && String(value) === String(marked),
  )
  if (whole) return [[{ path: whole.path, value: coerced(wanted, whole.present) }]]
  if (typeof marked !== 'string' || typeof wanted !== 'string' || marks.length > MAX_MARKS) return []
  const parts = partsOf(marked, marks)
  const used = marks.filter((mark) => parts.includes(mark))
  // A value that was not there is one that has to be given: what the template does without it is not in the pattern.
  const given = used.filter(({ present }) => present !== undefined && present !== null && present !== '')
  const fresh = used.filter((mark) => !given.includes(mark))
  for (let size = fresh.length === 0 ? 1 : 0; size <= given.length; size++) {
    const found = subsets(given, size).flatMap((subset) => fitted(parts, [...fresh, ...subset], wanted))
    if (found.length > 0) return found
  }
  return []
}

/** The wanted value in the type that the values hold now. */
export function coerced(wanted: Json, present: Json | undefined): Json {
  if (typeof present === 'string' && (typeof wanted === 'number' || typeof wanted === 'boolean'))
    return String(wanted)
  if (typeof wanted !== 'string') return wanted
  if (typeof present === 'number' && wanted.trim() !== '' && String(Number(wanted)) === wanted)
    return Number(wanted)
  if (typeof present === 'boolean' && (wanted === 'true' || wanted === 'false')) return wanted === 'true'
  return wanted
}

type Part = string | Mark

function partsOf(text: string, marks: readonly Mark[]): readonly Part[] {
  let parts: readonly Part[] = [text]
  const longestFirst = marks.toSorted((a, b) => String(b.value).length - String(a.value).length)
  for (const mark of longestFirst) {
    parts = parts.flatMap((part) =>
      typeof part === 'string'
        ? part.split(String(mark.value)).flatMap((piece, i) => (i === 0 ? [piece] : [mark, piece]))
        : [part],
    )
  }
  return parts.filter((part) => part !== '')
}

/** The values of the free marks with which the parts read `wanted`. */
function fitted(
  parts: readonly Part[],
  free: readonly Mark[],
  wanted: string,
): readonly (readonly ValueSet[])[] {
  const groups: Mark[] = []
  const source = parts.map((part, i) => {
    if (typeof part === 'string') return escaped(part)
    if (!free.includes(part)) return escaped(String(part.present))
    const known = groups.indexOf(part)
    if (known >= 0) return `\\${known + 1}`
    groups.push(part)
    return `(${pieceAfter(parts[i - 1], wanted)}+)`
  })
  const match = new RegExp(`^${source.join('')}$`, 's').exec(wanted)
  if (match === null) return []
  return [groups.map(({ path }, i) => ({ path, value: match[i + 1] ?? '' }))]
}

/** What a value may consist of: parts of an image keep to their side of its colon and of its digest. */
function pieceAfter(before: Part | undefined, wanted: string): string {
  if (typeof before === 'string' && before.endsWith(':')) return '[^/@]'
  const isInDigest = typeof before === 'string' && before.endsWith('@')
  return wanted.includes('@sha256:') && !isInDigest ? '[^@]' : '.'
}

function subsets<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  if (size === 0) return [[]]
  return items.flatMap((item, i) => subsets(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]))
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

function isScalar(value: Json | undefined): boolean {
  return value !== undefined && value !== null && !isObject(value) && !isArray(value)
}
