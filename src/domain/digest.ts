import { createHash } from 'node:crypto'

/** SHA-256 of the parts as lower-case hex; parts are length-prefixed, so no two lists collide by concatenation. */
export function digest(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`)
  return hash.digest('hex')
}

/** Plain SHA-256 of a text as lower-case hex, as other programs compute it. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
