import { Composer, type Document, Parser, type parseAllDocuments } from 'yaml'
import type { Json } from '#src/domain/json.ts'
import { documentJson, YamlFault } from './yaml-json.ts'
import { isTooDeep, MAX_DEPTH, tooMuch } from './yaml-limits.ts'

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

const OPTIONS = {
  version: '1.1',
  customTags: kubernetesTags,
  logLevel: 'silent',
  // Each costs a look through the whole text, or through all keys before it: we name one place, and look keys up.
  prettyErrors: false,
  uniqueKeys: false,
  keepSourceTokens: true,
} as const

/** Directives that a stream may have before its documents. */
const MAX_DIRECTIVES = 100

/** Reads YAML or JSON, one or more documents. Its time and memory are bounded whatever the text says. */
export function parseManifestText(text: string): ManifestText | Unparsable {
  const refused = tooMuch(text)
  if (refused !== undefined) return { error: refused }
  try {
    return { text, documents: [...readDocuments(text)] }
  } catch (error) {
    if (error instanceof YamlFault) return { error: error.message + positionOf(text, error.offset) }
    return { error: firstSentence(error instanceof Error ? error.message : String(error)) }
  }
}

/** Stops at the first fault, with a YamlFault: what follows one is not worth reading. */
function* readDocuments(text: string): Generator<ManifestText['documents'][number]> {
  const composer = new Composer(OPTIONS)
  let directives = 0
  for (const token of new Parser().parse(text)) {
    if (token.type === 'error') throw new YamlFault(firstSentence(token.message), token.offset)
    if (token.type === 'directive' && ++directives > MAX_DIRECTIVES)
      throw new YamlFault('there are too many directives', token.offset)
    if (token.type === 'document' && isTooDeep(token))
      throw new YamlFault(`it is nested deeper than ${MAX_DEPTH} levels`, undefined)
    yield* [...composer.next(token)].map(read)
  }
  yield* [...composer.end()].map(read)
  const [left] = composer.streamInfo().errors
  if (left) throw new YamlFault(firstSentence(left.message), left.pos[0])
}

function read(document: Document): ManifestText['documents'][number] {
  const [error] = document.errors
  if (error) throw new YamlFault(firstSentence(error.message), error.pos[0])
  return { document, json: documentJson(document) }
}

function positionOf(text: string, offset: number | undefined): string {
  if (offset === undefined) return ''
  const before = text.slice(0, offset).split('\n')
  return ` at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
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
