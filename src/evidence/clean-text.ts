const ESCAPE = '\u001b'
/** What follows an escape: colours and cursor movements, window titles, single commands. Bounded. */
const AFTER_ESCAPE = /^(?:\[[0-9;?]{0,32}[ -/]?[@-~]|\][^\p{Cc}]{0,256}\p{Cc}?|[@-Z\\-_])/u
const CONTROL = /[^\P{Cc}\n\t]/gu
/** Characters nobody sees: they can split a token so that no rule finds it, or turn the reading order around. */
const INVISIBLE = /\u00ad|[\u200b-\u200f]|[\u202a-\u202e]|[\u2060-\u2069]|\ufeff/g
const REPLACEMENT = '\ufffd'

/**
 * Text that is safe to store and show: well-formed Unicode, line ends as `\n`, terminal sequences and invisible
 * characters removed, other control characters as U+FFFD. Cleaning twice changes nothing.
 */
export function cleanText(text: string): string {
  return withoutTerminalSequences(text.toWellFormed().replaceAll('\r\n', '\n').replaceAll('\r', '\n'))
    .replace(CONTROL, REPLACEMENT)
    .replace(INVISIBLE, '')
}

/** True when more than a tenth of the first characters are not text. */
export function looksBinary(text: string): boolean {
  const sample = text.slice(0, 4096).replaceAll('\r', '\n').replaceAll(ESCAPE, '')
  const odd = sample.match(/[^\P{Cc}\n\t]|\ufffd/gu)?.length ?? 0
  return sample.length > 0 && odd / sample.length > 0.1
}

function withoutTerminalSequences(text: string): string {
  const [first = '', ...rest] = text.split(ESCAPE)
  return first + rest.map((part) => part.replace(AFTER_ESCAPE, '')).join('')
}
