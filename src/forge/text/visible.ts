/**
 * Control characters (but tab and line feed), and characters that hide, reorder or end text without being seen:
 * bidirectional marks, zero-width and other ignorable ones, tags, line and paragraph separators.
 */
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu

/** Line ends become \n; what would be invisible, reorder text or drive a terminal is written out: `[U+202E]`. */
export function visible(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replace(HIDDEN, (character) => {
      const code = character.codePointAt(0) ?? 0
      return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`
    })
}

/** Visible, on one line, and at most so many characters. */
export function oneLine(text: string, limit: number): string {
  return clip(
    visible(text.slice(0, limit * 8))
      .replace(/\s+/g, ' ')
      .trim(),
    limit,
  )
}

/** At most `limit` characters (UTF-16 units, never half of a pair), the last of them an ellipsis where something is left out. */
export function clip(text: string, limit: number): string {
  return text.length <= limit
    ? text
    : `${text
        .slice(0, Math.max(0, limit - 1))
        .toWellFormed()
        .replace(/\ufffd$/, '')
        .trimEnd()}…`
}
