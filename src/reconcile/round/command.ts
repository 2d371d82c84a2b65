/** What a reviewer asks for in a comment. Texts in it are data: they are shown, and never obeyed. */
export type Command =
  /** Another attempt; the hint is for whoever proposes it. */
  | { readonly do: 'retry'; readonly hint: string | undefined }
  | { readonly do: 'explain' }
  | { readonly do: 'reject'; readonly reason: string | undefined }
  /** Rejected for so many milliseconds. */
  | { readonly do: 'snooze'; readonly forMs: number }
  | { readonly do: 'unknown'; readonly said: string }

const LONGEST_TEXT = 1000
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const LONGEST_SNOOZE = 90 * 86_400_000

/**
 * The first line that begins with `/aiops`; what follows it up to the end of the comment belongs to it. Quoted lines begin
 * with `>`, and code with blanks or a fence, so they are none.
 */
export function commandIn(body: string): Command | undefined {
  const lines = withoutFences(body.replaceAll('\r\n', '\n'))
  const [, word = '', rest = ''] = /^\/aiops(?:[ \t]+(\S+)|(?=\s|$))([\s\S]*)/m.exec(lines) ?? []
  if (!/^\/aiops(?=\s|$)/m.test(lines)) return undefined
  const text = rest.trim().slice(0, LONGEST_TEXT).toWellFormed()
  switch (word.toLowerCase()) {
    case 'retry':
      return { do: 'retry', hint: text || undefined }
    case 'explain':
      return { do: 'explain' }
    case 'reject':
      return { do: 'reject', reason: text || undefined }
    case 'snooze': {
      const forMs = snoozeOf(text)
      return forMs === undefined ? { do: 'unknown', said: `snooze ${text}`.trim() } : { do: 'snooze', forMs }
    }
    default:
      return { do: 'unknown', said: word.slice(0, 100).toWellFormed() }
  }
}

/** From a minute to 90 days. */
function snoozeOf(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? []
  const milliseconds = Number(count) * (UNITS[unit ?? ''] ?? Number.NaN)
  return milliseconds >= 60_000 && milliseconds <= LONGEST_SNOOZE ? milliseconds : undefined
}

function withoutFences(text: string): string {
  return text.replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^\1[`~]*[ \t]*$|$(?![\s\S]))/gm, '')
}
