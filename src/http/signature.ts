import { createHmac, timingSafeEqual } from 'node:crypto'

/** The digest in an `X-Hub-Signature-256` header (`sha256=` and 64 hexadecimal digits); undefined for anything else. */
export function presentedDigest(header: string | readonly string[] | undefined): Buffer | undefined {
  const [, hex] = (typeof header === 'string' && /^sha256=([0-9a-fA-F]{64})$/.exec(header)) || []
  return hex === undefined ? undefined : Buffer.from(hex, 'hex')
}

/**
 * True when the digest is the HMAC-SHA256 of these bytes under any of the secrets. Takes as long for a wrong digest as
 * for a right one, whichever secret fits.
 */
export function isSigned(body: Uint8Array, digest: Buffer, secrets: readonly string[]): boolean {
  return secrets
    .filter((secret) => secret !== '')
    .map((secret) => timingSafeEqual(createHmac('sha256', secret).update(body).digest(), digest))
    .includes(true)
}
