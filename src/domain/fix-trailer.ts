/** The trailers that every commit of ours carries. */
export const FIX_TRAILER = 'Aiops-Operator-Fix'
export const REMEDIATION_TRAILER = 'Aiops-Operator-Remediation'

/** What identifies one try at one fix: the fix key and the attempt, `3f2a…/1`. */
export function fixOf(fixKey: string, attempt: number): string {
  return `${fixKey}/${attempt}`
}

/** The line to put at the end of a commit message. */
export function fixTrailer(fix: string): string {
  return `${FIX_TRAILER}: ${fix}`
}

/**
 * The fix that a commit message carries, or undefined. Any line counts, not only the last paragraph: forges append
 * lines of their own when they squash, and `git merge --squash` indents the messages it quotes by four blanks. What we
 * quote in our own messages has its trailers broken.
 */
export function fixOfMessage(message: string): string | undefined {
  return new RegExp(`^\\s*${FIX_TRAILER}: ([0-9a-f]{8,64}/\\d{1,9})\\s*$`, 'm').exec(message)?.[1]
}

export function carriesFix(message: string, fix: string): boolean {
  return message.split('\n').some((line) => line.trim() === fixTrailer(fix))
}
