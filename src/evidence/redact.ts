import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { cutAtWord } from './bound.ts'
import { cleanText } from './clean-text.ts'
import { createScan, type Scan } from './scanner.ts'
import { isSecretName } from './secret-names.ts'
import { REDACTED, redactPatterns } from './secret-patterns.ts'

export interface Redactor {
  /** The text without secrets, cleaned (`cleanText`) and at most 128 KiB long. Redacting twice changes nothing. */
  text(text: string): Promise<string>
  /** Every string of the value like `text`; values whose own name tells that they are secret are replaced as a whole. */
  json(value: Json): Promise<Json>
}

export interface RedactorOptions {
  /** Strings that are always removed, asked for at every use: the operator's own credentials. */
  readonly known: () => readonly string[] | Promise<readonly string[]>
  readonly scan?: Scan
}

/** Stands for every text while the scanner fails: nothing unscanned leaves. */
export const SCAN_FAILED = '[left out: the secret scanner failed]'

const LONGEST_TEXT = 128 * 1024
const LONGEST_SCAN = 256 * 1024
const SHORTEST_KNOWN = 4
/** Taking one secret out can bring another to light (a name that was glued to it). It ends after one or two passes. */
const MOST_PASSES = 5

export function createRedactor({ known, scan = createScan() }: RedactorOptions): Redactor {
  const all = async (texts: readonly string[]): Promise<readonly string[]> => {
    try {
      const secrets = spellings(await known())
      let result = texts.map((text) => cutAtWord(without(cleanText(text), secrets), LONGEST_TEXT))
      for (let pass = 0; pass < MOST_PASSES; pass++) {
        const before = result
        result = (await scanAll(before, scan)).map((text) => without(redactPatterns(text), secrets))
        if (result.every((text, i) => text === before[i])) break
      }
      return result
    } catch {
      // The error may quote what it choked on; it is not passed on.
      return texts.map(() => SCAN_FAILED)
    }
  }
  return {
    text: async (text) => (await all([text]))[0] ?? SCAN_FAILED,
    json: async (value) => {
      const texts: string[] = []
      collect(value, texts)
      const redacted = (await all(texts)).values()
      return rebuild(value, () => redacted.next().value ?? SCAN_FAILED)
    },
  }
}

async function scanAll(texts: readonly string[], scan: Scan): Promise<readonly string[]> {
  const scanned: string[] = []
  for (const batch of batchesOf(texts)) scanned.push(...(await scanTogether(batch, scan)))
  return scanned
}

/** One scan for many short texts: each costs the scanner about as much as one long text. */
async function scanTogether(texts: readonly string[], scan: Scan): Promise<readonly string[]> {
  const ranges = (await scan(texts.join('\n'))).toSorted(([a], [b]) => a - b)
  let offset = 0
  return texts.map((text) => {
    const start = offset
    offset += text.length + 1
    const own = ranges
      .map(([from, to]) => [Math.max(0, from - start), Math.min(text.length, to - start)] as const)
      .filter(([from, to]) => from < to)
    return replaceRanges(text, own)
  })
}

function replaceRanges(text: string, ranges: readonly (readonly [number, number])[]): string {
  let result = ''
  let done = 0
  for (const [from, to] of ranges) {
    if (to <= done) continue
    result += from >= done ? text.slice(done, from) + REDACTED : ''
    done = to
  }
  // A rule without the u flag may end inside a surrogate pair.
  return (result + text.slice(done)).toWellFormed()
}

function batchesOf(texts: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const text of texts) {
    if (size + text.length > LONGEST_SCAN) {
      batches.push([])
      size = 0
    }
    batches.at(-1)?.push(text)
    size += text.length + 1
  }
  return batches
}

/** A known secret as it may stand in a URL, in JSON or in a header; longest first, so that none hides in another. */
function spellings(known: readonly string[]): readonly string[] {
  const secrets = known.map((secret) => secret.trim()).filter(({ length }) => length >= SHORTEST_KNOWN)
  const all = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    Buffer.from(secret).toString('base64'),
    JSON.stringify(secret).slice(1, -1),
  ])
  return [...new Set(all)].sort((a, b) => b.length - a.length)
}

function without(text: string, secrets: readonly string[]): string {
  return secrets.reduce((value, secret) => value.replaceAll(secret, REDACTED), text)
}

function collect(value: Json | undefined, into: string[]): void {
  walk(value, (text) => {
    into.push(text)
    return text
  })
}

function rebuild(value: Json, next: () => string): Json {
  return walk(value, next) ?? null
}

/**
 * Visits the strings of a value in a fixed order and replaces them. Strings and numbers under a secret-like name, the
 * value of a `{name, value}` entry with such a name, and the argument after such a flag are not visited but replaced.
 */
function walk(value: Json | undefined, visit: (text: string) => string): Json | undefined {
  if (typeof value === 'string') return visit(value)
  if (isArray(value)) {
    return value.map((item, i) => {
      const before = value[i - 1]
      const secret = typeof item === 'string' && typeof before === 'string' && isSecretFlag(before)
      return secret && !item.startsWith('-') ? REDACTED : (walk(item, visit) ?? null)
    })
  }
  if (!isObject(value)) return value
  const name = value['name']
  const entry = typeof name === 'string' && isSecretName(name)
  const members = Object.entries(value).map(([key, member]) => {
    const secret = isSecretName(key) || (entry && key === 'value')
    return [key, secret ? hide(member, visit) : walk(member, visit)] as const
  })
  return Object.fromEntries(members)
}

function hide(value: Json | undefined, visit: (text: string) => string): Json | undefined {
  if (typeof value === 'string') return value === '' ? value : REDACTED
  if (typeof value === 'number') return REDACTED
  if (isArray(value)) return value.map((item) => hide(item, visit) ?? null)
  return walk(value, visit)
}

function isSecretFlag(text: string): boolean {
  return text.length <= 66 && /^--?[A-Za-z][A-Za-z0-9_-]+$/.test(text) && isSecretName(text)
}
