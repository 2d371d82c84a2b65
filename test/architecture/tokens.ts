import { SyntaxKind } from 'typescript/unstable/ast'
import { createScanner } from 'typescript/unstable/ast/scanner'

export interface Token {
  readonly kind: SyntaxKind
  readonly text: string
  /** Of a string: what it says. */
  readonly value: string
}

/** Tokens after which a slash divides; after all others it begins a regular expression. */
const OPERAND_ENDS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.Identifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.ThisKeyword,
  SyntaxKind.TrueKeyword,
  SyntaxKind.FalseKeyword,
  SyntaxKind.NullKeyword,
])

/** The tokens of a TypeScript source by TypeScript's own scanner: comments are gone, strings and templates are whole. */
export function tokensOf(source: string): readonly Token[] {
  const scanner = createScanner(true, undefined, source)
  const tokens: Token[] = []
  /** Open braces inside each template that is being read. */
  const templates: number[] = []
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFile; kind = scanner.scan()) {
    const last = tokens.at(-1)?.kind
    if (kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken) {
      if (last === undefined || !OPERAND_ENDS.has(last)) kind = scanner.reScanSlashToken()
    }
    const depth = templates.length - 1
    if (kind === SyntaxKind.OpenBraceToken && depth >= 0) templates[depth] = (templates[depth] ?? 0) + 1
    if (kind === SyntaxKind.CloseBraceToken && depth >= 0) {
      if (templates[depth] === 0) kind = scanner.reScanTemplateToken(false)
      else templates[depth] = (templates[depth] ?? 0) - 1
    }
    if (kind === SyntaxKind.TemplateHead) templates.push(0)
    if (kind === SyntaxKind.TemplateTail) templates.pop()
    tokens.push({ kind, text: scanner.getTokenText(), value: scanner.getTokenValue() })
  }
  return tokens
}
