import { type Document, isCollection, parseAllDocuments, visit } from 'yaml'
import type { Json } from '#src/domain/json.ts'

/** A parsed file: one entry per document. `json` is what the API server's tools would read from it. */
export interface ManifestText {
  readonly text: string
  readonly documents: readonly { readonly document: Document; readonly json: Json }[]
}

export interface Unparsable {
  /** One sentence with the position. */
  readonly error: string
}

type Tags = Extract<
  NonNullable<Parameters<typeof parseAllDocuments>[1]>['customTags'],
  (...args: never[]) => unknown
>

/**
 * Kubernetes' own readers (sigs.k8s.io/yaml over go-yaml v2) know YAML 1.1's booleans, octals and merge keys, but read
 * times, sexagesimal numbers and binary as strings.
 */
const kubernetesTags: Tags = (tags) =>
  tags
    .filter(
      (tag) =>
        typeof tag === 'string' ||
        (tag.format !== 'TIME' && !/:(timestamp|binary|set|omap|pairs)$/.test(tag.tag)),
    )
    // A lone point is a folder, not a number without digits.
    .map((tag) => (isFloat(tag) ? { ...tag, test: /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)$/ } : tag))

function isFloat(tag: Parameters<Tags>[0][number]): tag is Exclude<typeof tag, string> & { test: RegExp } {
  return typeof tag === 'object' && 'test' in tag && tag.test instanceof RegExp && tag.test.test('.')
}

const OPTIONS = { version: '1.1', customTags: kubernetesTags, logLevel: 'error' } as const

function hasCollectionKey(document: Document): boolean {
  let found = false
  visit(document, {
    Pair(_key, { key }) {
      found ||= isCollection(key)
      return found ? visit.BREAK : undefined
    },
  })
  return found
}

/** Reads YAML or JSON, one or more documents. */
export function parseManifestText(text: string): ManifestText | Unparsable {
  try {
    const documents: { document: Document; json: Json }[] = []
    for (const document of parseAllDocuments(text, OPTIONS)) {
      const [error] = document.errors
      if (error) return { error: firstSentence(error.message) }
      if (hasCollectionKey(document)) return { error: 'a mapping is used as a key, as {{ }} templates look' }
      // Bounds what aliases may multiply to: a billion laughs is an error.
      documents.push({ document, json: asPlainJson(document.toJS({ maxAliasCount: 100 })) })
    }
    return { text, documents }
  } catch (error) {
    // Deep nesting overflows the parser's stack; a bomb of aliases is a ReferenceError.
    return { error: firstSentence(error instanceof Error ? error.message : String(error)) }
  }
}

export function isUnparsable<Parsed extends object>(parsed: Parsed | Unparsable): parsed is Unparsable {
  return 'error' in parsed
}

/** The text of a manifest's bytes with its byte order mark kept; undefined when it is not UTF-8. */
export function decodeManifest(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function firstSentence(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '').slice(0, 200)
}

/** Non-finite numbers are no JSON: the API server's tools refuse them, we read them as text. */
function asPlainJson(value: unknown): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(asPlainJson)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asPlainJson(each)]))
  }
  return null
}
