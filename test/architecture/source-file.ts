import { readdir, readFile } from 'node:fs/promises'
import { SyntaxKind } from 'typescript/unstable/ast'
import { type Token, tokensOf } from './tokens.ts'

/** What the architecture rules look at in one file of src/. */
export interface SourceFile {
  /** From src/: `domain/fault.ts`. */
  readonly path: string
  /** `domain`; `main` for the files at the top. */
  readonly room: string
  /** Imports and re-exports; module `undefined` for an import whose specifier is computed. */
  readonly imports: readonly { readonly module: string | undefined; readonly typeOnly: boolean }[]
  readonly reExports: readonly string[]
  readonly hasDefaultExport: boolean
  /** Names of the outside world that the file uses by itself: `process`, `Date.now`, `fetch` … */
  readonly effects: readonly string[]
}

const SRC = new URL('../../src/', import.meta.url)

export async function sourceFiles(): Promise<readonly SourceFile[]> {
  const entries = await readdir(SRC, { recursive: true })
  const paths = entries
    .map((entry) => entry.replaceAll('\\', '/'))
    .filter((entry) => /\.(?:[cm]?[jt]s)$/.test(entry))
  return Promise.all(
    paths.toSorted().map(async (path) => readSource(path, await readFile(new URL(path, SRC), 'utf8'))),
  )
}

/** The file at a path from src/, given its text. */
export function readSource(path: string, text: string): SourceFile {
  const tokens = tokensOf(text)
  const statements = tokens.flatMap((token, index) => {
    const before = tokens[index - 1]?.text
    if (before === '.' || before === '?.') return []
    if (token.kind === SyntaxKind.ImportKeyword) return [importAt(tokens, index)]
    return token.kind === SyntaxKind.ExportKeyword ? [exportAt(tokens, index)] : []
  })
  const own = declaredNames(tokens)
  return {
    path,
    room: path.includes('/') ? (path.split('/')[0] ?? '') : 'main',
    imports: statements.flatMap((statement) =>
      'module' in statement ? [{ module: statement.module, typeOnly: statement.typeOnly }] : [],
    ),
    reExports: statements.flatMap((statement) =>
      statement.kind === 're-export' && statement.module !== undefined ? [statement.module] : [],
    ),
    hasDefaultExport: statements.some(({ kind }) => kind === 'default'),
    effects: [...new Set(tokens.flatMap((_, index) => effectAt(tokens, index)))].filter(
      (effect) => !own.has(effect),
    ),
  }
}

type Statement =
  | { readonly kind: 'import' | 're-export'; readonly module: string | undefined; readonly typeOnly: boolean }
  | { readonly kind: 'default' | 'other' }

function importAt(tokens: readonly Token[], index: number): Statement {
  const next = tokens[index + 1]
  if (next?.text === '.') return { kind: 'other' }
  if (next?.text === '(') {
    const argument = tokens[index + 2]
    const literal = argument?.kind === SyntaxKind.StringLiteral && tokens[index + 3]?.text === ')'
    return { kind: 'import', module: literal ? argument.value : undefined, typeOnly: false }
  }
  return { kind: 'import', module: firstString(tokens, index), typeOnly: next?.text === 'type' }
}

function exportAt(tokens: readonly Token[], index: number): Statement {
  const next = tokens[index + 1]
  if (next?.kind === SyntaxKind.DefaultKeyword || next?.text === '=') return { kind: 'default' }
  const at = next?.text === 'type' ? index + 2 : index + 1
  const typeOnly = at === index + 2
  if (tokens[at]?.text === '*') return { kind: 're-export', module: firstString(tokens, at), typeOnly }
  if (tokens[at]?.text !== '{') return { kind: 'other' }
  const end = tokens.findIndex(({ text }, position) => position > at && text === '}')
  if (tokens.slice(at, end).some(({ text }) => text === 'default')) return { kind: 'default' }
  return tokens[end + 1]?.text === 'from'
    ? { kind: 're-export', module: tokens[end + 2]?.value, typeOnly }
    : { kind: 'other' }
}

function firstString(tokens: readonly Token[], from: number): string | undefined {
  return tokens.slice(from).find(({ kind }) => kind === SyntaxKind.StringLiteral)?.value
}

const GLOBAL_EFFECTS: ReadonlySet<string> = new Set([
  'process',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'console',
  'WebSocket',
  'Worker',
  'globalThis',
  'global',
  'eval',
])
const MEMBER_EFFECTS: ReadonlySet<string> = new Set([
  'Date.now',
  'Math.random',
  'crypto.randomUUID',
  'crypto.getRandomValues',
  'AbortSignal.timeout',
])

/** Names that the file binds itself: constants, destructured members and parameters. They are not the global ones. */
function declaredNames(tokens: readonly Token[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [index, { text }] of tokens.entries()) {
    const next = tokens[index + 1]
    const binds = ['const', 'let', '('].includes(text)
    if (binds && next?.text === '{') {
      const end = tokens.findIndex((token, at) => at > index && token.text === '}')
      if (text !== '(' || tokens[end + 1]?.text === ':')
        for (const token of tokens.slice(index, end)) names.add(token.text)
    }
    if (text === 'const' || text === 'let') names.add(next?.text ?? '')
    if ((text === '(' || text === ',') && tokens[index + 2]?.text === ':') names.add(next?.text ?? '')
  }
  return names
}

/** The effect whose name begins at this token; names of members, types and methods of the same spelling are none. */
function effectAt(tokens: readonly Token[], index: number): readonly string[] {
  const [before, here, next, after] = [-1, 0, 1, 2].map((step) => tokens[index + step])
  if (here?.kind !== SyntaxKind.Identifier || ['.', '?.', 'typeof'].includes(before?.text ?? '')) return []
  const member = `${here.text}.${after?.text}`
  if (next?.text === '.' && MEMBER_EFFECTS.has(member)) return [member]
  if (here.text === 'Date' && isNowDate(tokens, index)) return ['new Date()']
  if (!GLOBAL_EFFECTS.has(here.text) || next?.text === ':' || next?.text === '?') return []
  return isMethodName(tokens, index) ? [] : [here.text]
}

/** `new Date()` or `Date()`: the present time. With an argument it is a conversion. */
function isNowDate(tokens: readonly Token[], index: number): boolean {
  return tokens[index + 1]?.text === '(' && tokens[index + 2]?.text === ')'
}

/** `fetch(): Promise<string>` in an interface, or `fetch() { … }` in a class. */
function isMethodName(tokens: readonly Token[], index: number): boolean {
  if (tokens[index + 1]?.text !== '(') return false
  const before = tokens[index - 1]?.text ?? ''
  if (!['{', '}', ';', ',', 'async', 'readonly', '>', ')', 'void'].includes(before) && !/^\w+$/.test(before))
    return false
  let depth = 0
  for (let at = index + 1; at < tokens.length; at += 1) {
    if (tokens[at]?.text === '(') depth += 1
    if (tokens[at]?.text === ')') depth -= 1
    if (depth === 0) return [':', '{'].includes(tokens[at + 1]?.text ?? '')
  }
  return false
}
