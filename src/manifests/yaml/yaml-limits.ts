import type { CST } from 'yaml'

/** UTF-16 units of a text that is read; what is longer belongs to no person's manifest. */
export const MAX_TEXT = 4 * 2 ** 20
/** Characters that may begin a token: bounds the memory and the time that reading takes. */
const MAX_STRUCTURE = 250_000
/** Levels of nesting; the deepest schemas of CustomResourceDefinitions have about sixty. */
export const MAX_DEPTH = 200
/** Values of one document once its aliases are followed. */
export const MAX_VALUES = 1_000_000

const codes = (characters: string) => new Set([...characters].map((each) => each.charCodeAt(0)))
const TOKENS = codes('\n,[]{}&*!?')
/** Tokens where a blank, or nothing, follows. */
const MARKS = codes('-:')
const BLANK = 0x20

/** Why a text is too much to be read at all; undefined when it may be. Looks at each character once. */
export function tooMuch(text: string): string | undefined {
  if (text.length > MAX_TEXT) return `it is longer than ${MAX_TEXT / 2 ** 20} Mi characters`
  let structure = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (TOKENS.has(code) || (MARKS.has(code) && !(text.charCodeAt(i + 1) > BLANK))) structure++
    if (structure > MAX_STRUCTURE) return 'it holds more lines and values than are read'
  }
  return undefined
}

/** True when a document's tokens nest deeper than values may; looked at without recursion. */
export function isTooDeep(document: CST.Document): boolean {
  let level: CST.Token[] = document.value ? [document.value] : []
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true
    level = level.flatMap((token) =>
      'items' in token
        ? token.items.flatMap((item) => [item.key, item.value].filter((each): each is CST.Token => !!each))
        : [],
    )
  }
  return false
}
