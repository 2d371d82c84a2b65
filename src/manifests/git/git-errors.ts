import { type ErrorCode, OperatorError } from '#src/domain/errors.ts'

/**
 * What git and the remote say, as one of our codes. Git offers nothing but text (made English by LC_ALL=C), so this is
 * the one place that reads it.
 */
const SIGNS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/Authentication failed|could not read (Username|Password)|terminal prompts disabled/i, 'RepositoryAuth'],
  [/returned error: 40[13]|Permission denied|access denied|Host key verification failed/i, 'RepositoryAuth'],
  [/couldn't find remote ref|Remote branch .* not found/i, 'BranchMissing'],
]

/** A failed conversation with the remote as an error for people: the remote's own first line, without credentials. */
export function remoteError(output: string, repository: string, secrets: readonly string[]): OperatorError {
  const code = SIGNS.find(([sign]) => sign.test(output))?.[1] ?? 'RepositoryUnreachable'
  return new OperatorError(code, firstLine(redact(output, secrets)), { object: `repository ${repository}` })
}

/** The line that says most: what the remote wrote, else git's own complaint. At most 300 characters. */
export function firstLine(output: string): string {
  const lines = output
    .split(/[\r\n]+/)
    // Control characters could repaint a terminal that shows the message.
    .map((line) => line.replaceAll(/\p{Cc}/gu, ' ').trim())
    .filter((line) => line !== '')
  const remote = lines.find((line) => /^remote: \S/.test(line))
  const own = lines.find((line) => /^(fatal|error): /.test(line))
  const chosen = remote?.replace(/^remote: /, '') ?? own?.replace(/^(fatal|error): /, '') ?? lines[0]
  return (chosen ?? 'git said nothing').slice(0, 300)
}

/** Takes URL credentials and the given secrets out of a text, in plain and percent-encoded form. */
export function redact(text: string, secrets: readonly string[]): string {
  const masked = text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1')
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .reduce((clean, secret) => clean.replaceAll(secret, '***'), masked)
}
