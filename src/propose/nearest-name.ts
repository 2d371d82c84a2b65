import { distance } from 'fastest-levenshtein'

export type Nearest =
  | { readonly kind: 'found'; readonly name: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] }

export interface NearestOptions {
  /**
   * True: one wrong letter in a short word is a slip as well. Where there are few names, made by administrators
   * (classes, labels of nodes), and not families of names that differ on purpose.
   */
  readonly oneLetter?: boolean
}

/**
 * The one existing name that a wrong name is a slip of. A slip, not a likeness: names of configuration differ by one
 * word on purpose (`eu-config`, `us-config`), so the words between separators are compared one by one, and each
 * differing word must be within its own bound:
 * - two neighbouring letters swapped, or one letter too many or too few, in a word of at least 3 letters;
 * - otherwise at most a quarter of the longer word's letters, and only in words of at least 5;
 * - never digits alone (`v1`, `v2` are siblings), and never a word of `context` (the workload's own name: `mail-config`
 *   missing for the workload `mail` is not a slip of `main-config`).
 * Names that are equal but for separators and capitals are always near. Two equally near names: ambiguous.
 */
export function nearestName(
  wrong: string,
  existing: readonly string[],
  context = '',
  options: NearestOptions = {},
): Nearest {
  const words = new Set(wordsOf(context))
  const near = [...new Set(existing)]
    .filter((name) => name !== wrong)
    .flatMap((name) => {
      const slips = slipsBetween(wrong, name, words, options)
      return slips === undefined ? [] : [{ name, slips }]
    })
  const least = Math.min(...near.map(({ slips }) => slips))
  const names = near.filter(({ slips }) => slips === least).map(({ name }) => name)
  const [name] = names
  if (name === undefined) return { kind: 'none' }
  return names.length === 1 ? { kind: 'found', name } : { kind: 'ambiguous', names: names.sort() }
}

/* How many slips lead from one name to the other; undefined when they are different names. */
function slipsBetween(
  wrong: string,
  name: string,
  context: ReadonlySet<string>,
  options: NearestOptions,
): number | undefined {
  if (wordsOf(wrong).join('') === wordsOf(name).join('')) return 1
  const wrongWords = wordsOf(wrong)
  const words = wordsOf(name)
  if (wrongWords.length !== words.length) return undefined
  let total = 0
  for (const [i, word] of words.entries()) {
    const written = wrongWords[i] ?? ''
    if (written === word) continue
    const slips = context.has(written) ? undefined : slipsInWord(written, word, options)
    if (slips === undefined) return undefined
    total += slips
  }
  return total <= Math.max(1, Math.floor(Math.min(wrong.length, name.length) / 4)) ? total : undefined
}

function slipsInWord(
  written: string,
  word: string,
  { oneLetter = false }: NearestOptions,
): number | undefined {
  const length = Math.max(written.length, word.length)
  if (length < 3 || onlyLetters(written) === onlyLetters(word)) return undefined
  if (isSwap(written, word)) return 1
  const edits = distance(written, word)
  if (edits === 1 && (written.length !== word.length || oneLetter)) return 1
  return length >= 5 && edits <= Math.floor(length / 4) ? edits : undefined
}

/* Damerau's fourth edit: Levenshtein counts a swap as two. */
function isSwap(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  const i = [...a].findIndex((letter, at) => letter !== b[at])
  return i >= 0 && a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2)
}

function onlyLetters(word: string): string {
  return word.replace(/[0-9]/g, '')
}

function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split(/[-._]/)
    .filter((word) => word !== '')
}
