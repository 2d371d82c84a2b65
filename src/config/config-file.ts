import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { isObject, type JsonObject } from '#src/domain/json.ts'
import type { Problem } from './problem.ts'

/** A configuration file as text that was read. */
export interface ConfigFile {
  readonly settings: JsonObject
  readonly problems: readonly Problem[]
  /** 1-based line of the key or list item at the path, or of the nearest one above it that stands in the file. */
  lineOf(path: readonly PropertyKey[]): number | undefined
}

/** Reads YAML 1.2. Members without a value (`ollama:` and nothing after it) count as not given. */
export function readConfigFile(text: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    key: '',
    where: `line ${lines.linePos(error.pos[0]).line}`,
    message: `not readable as YAML (${error.code})`,
  }))
  const lineOf = (path: readonly PropertyKey[]) => lineAt(document, lines, path)
  if (problems.length > 0) return { settings: {}, problems, lineOf }
  const { value, wrong } = plainValue(document)
  if (isObject(value)) return { settings: value, problems, lineOf }
  return { settings: {}, problems: wrong === undefined ? [] : [wrong], lineOf }
}

function plainValue(document: Document.Parsed): { value?: JsonObject; wrong?: Problem } {
  const wrong = (message: string): { wrong: Problem } => ({ wrong: { key: '', where: 'line 1', message } })
  try {
    const value = withoutNulls(document.toJS({ maxAliasCount: 100 }))
    return value === undefined ? {} : isObject(value) ? { value } : wrong('expected a mapping of settings')
  } catch {
    return wrong('has an alias without an anchor, or far too many aliases')
  }
}

function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item) ?? null)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, withoutNulls(member)] as const)
      .filter(([, member]) => member !== undefined),
  )
}

function lineAt(
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly PropertyKey[],
): number | undefined {
  let node: Node | null | undefined = document.contents
  let start = node?.range?.[0]
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (!pair) break
      start = (pair.key as Node).range?.[0] ?? start
      node = pair.value as Node | null
    } else if (isSeq(node) && typeof step === 'number' && node.items[step] !== undefined) {
      node = node.items[step] as Node
      start = node.range?.[0] ?? start
    } else break
  }
  return start === undefined ? undefined : lines.linePos(start).line
}
