/**
 * How many tokens a text has at most, without a tokenizer: digits and punctuation may be one each, letters come in
 * groups, other scripts may take one per byte. An upper bound on SmolLM2's counts for logs, identifiers, JSON and prose.
 */
export function tokens(text: string): number {
  let total = 0
  for (const letter of text) {
    if (/[A-Za-z]/.test(letter)) total += 0.4
    else if (letter === ' ') total += 0.3
    else total += letter < '\u0080' ? 1 : new TextEncoder().encode(letter).length
  }
  return Math.ceil(total)
}
