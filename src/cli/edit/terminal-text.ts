/** Control characters that a terminal acts on; line ends and tabs are none, and a CR before a line end is part of it. */
const ACTING = /[\u202a-\u202e\u2066-\u2069]|(?![\n\t])\p{Cc}(?<!\r(?=\n))/gu

/** A text with names and contents of a repository as a terminal may be given it: what it would act on is spelled out. */
export function terminalText(text: string): string {
  return text.replaceAll(ACTING, (character) => {
    const code = character.charCodeAt(0).toString(16)
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`
  })
}
