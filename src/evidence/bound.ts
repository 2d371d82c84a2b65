import { isArray, isObject, type Json } from '#src/domain/json.ts'

/**
 * The whole of spec.evidence as JSON, in bytes: 48 KiB, a thirtieth of what etcd takes (1.5 MiB). Each part has its own
 * budget, so that one loud part cannot push out the others; together they stay below the limit.
 */
export const EVIDENCE_LIMIT = 48 * 1024

export const PART_BUDGET = {
  fault: 1024,
  finding: 2 * 1024,
  pod: 5 * 1024,
  workload: 9 * 1024,
  events: 6 * 1024,
  logs: 18 * 1024,
  revisions: 3 * 1024,
  failingPods: 2 * 1024,
  gitHistory: 1536,
} as const satisfies Record<string, number>

/** `… 1,234 bytes left out`: every cut is visible. */
export function leftOut(bytes: number): string {
  return `… ${bytes.toLocaleString('en-US')} bytes left out`
}

export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

export function jsonBytes(value: Json): number {
  return byteLength(JSON.stringify(value))
}

/** At most so many characters of the text's beginning, and how much is missing. Never splits a surrogate pair. */
export function cutText(text: string, characters: number): string {
  if (text.length <= characters) return text
  const room = Math.max(0, characters - 40)
  const kept = text.slice(0, isHighSurrogate(text, room - 1) ? room - 1 : room)
  return `${kept}${leftOut(byteLength(text.slice(kept.length)))}`
}

const LONGEST_WORD = 512

/**
 * Like `cutText`, but ends before the word that the cut would halve: half a token is a leak that no rule recognises.
 * For what is yet to be redacted.
 */
export function cutAtWord(text: string, characters: number): string {
  if (text.length <= characters) return text
  const room = Math.max(LONGEST_WORD, characters - 40)
  const word = /\S*$/.exec(text.slice(room - LONGEST_WORD, room))?.[0].length ?? 0
  const kept = text.slice(0, room - word).toWellFormed()
  return `${kept}${leftOut(byteLength(text.slice(kept.length)))}`
}

/** The last lines, each at most `lineLength` characters, together at most `bytes` as a JSON string; the newest win. */
export function lastLines(
  text: string,
  limit: { readonly lines: number; readonly lineLength: number; readonly bytes: number },
): string {
  const all = linesOf(text)
  const kept: string[] = []
  let used = 64
  for (const line of all.slice(-limit.lines).reverse()) {
    const short = cutText(line, limit.lineLength)
    used += jsonBytes(short)
    if (used > limit.bytes) break
    kept.unshift(short)
  }
  const dropped = all.slice(0, all.length - kept.length)
  if (dropped.length === 0) return kept.join('\n')
  return [leftOut(dropped.reduce((sum, line) => sum + byteLength(line) + 1, 0)), ...kept].join('\n')
}

/** Without the empty line that a final line end would leave. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n')
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

const STEPS: readonly { readonly text: number; readonly items: number; readonly depth: number }[] = [
  { text: 4096, items: 200, depth: 24 },
  { text: 1024, items: 50, depth: 16 },
  { text: 400, items: 20, depth: 12 },
  { text: 160, items: 8, depth: 10 },
  { text: 80, items: 3, depth: 6 },
]

/** The value, made coarser step by step (long strings, then long lists, then depth) until it fits the bytes. */
export function boundJson(value: Json, bytes: number): Json {
  if (jsonBytes(value) <= bytes) return value
  for (const step of STEPS) {
    const smaller = coarser(value, step, 0)
    if (jsonBytes(smaller) <= bytes) return smaller
  }
  return leftOut(jsonBytes(value))
}

function coarser(value: Json, step: (typeof STEPS)[number], depth: number): Json {
  if (typeof value === 'string') return cutText(value, step.text)
  if (!isObject(value) && !isArray(value)) return value
  if (depth >= step.depth) return leftOut(jsonBytes(value))
  if (isArray(value)) {
    const kept = value.slice(0, step.items).map((item) => coarser(item, step, depth + 1))
    const rest = value.slice(step.items)
    return rest.length === 0 ? kept : [...kept, leftOut(jsonBytes(rest))]
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  const kept = entries.slice(0, step.items).map(([key, item]) => {
    return [cutText(key, step.text), coarser(item ?? null, step, depth + 1)] as const
  })
  const rest = entries.slice(step.items)
  const note = rest.length === 0 ? {} : { '…': leftOut(jsonBytes(Object.fromEntries(rest))) }
  return { ...Object.fromEntries(kept), ...note }
}

function isHighSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xd800 && code <= 0xdbff
}
