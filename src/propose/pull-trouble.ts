import { imageRepository } from './image-reference.ts'
import type { Incident } from './proposer.ts'

/**
 * Why an image was not pulled, by the runtime's words: the registry did not answer (`unreachable`), did not let us
 * (`denied`), or has not got it (`absent`). These words only ever rule fixes out; no value is taken from them.
 */
export function pullTrouble(message: string): 'unreachable' | 'denied' | 'absent' | 'unknown' {
  if (
    /toomanyrequests|too many requests|\b429\b|\b50[0234]\b|i\/o timeout|TLS handshake timeout|no such host|connection refused|server misbehaving|x509:|context deadline exceeded|connection reset/i.test(
      message,
    )
  ) {
    return 'unreachable'
  }
  if (
    /unauthorized|authentication required|no basic auth credentials|authorization failed|access denied|insufficient_scope|\b40[13]\b/i.test(
      message,
    )
  ) {
    return 'denied'
  }
  return /not found|manifest unknown|does not exist/i.test(message) ? 'absent' : 'unknown'
}

/** The tags that exist of an image's repository; undefined where nobody knows. */
export function tagsOf(
  { registryTags }: Pick<Incident, 'registryTags'>,
  image: string,
): readonly string[] | undefined {
  const repository = imageRepository(image)
  if (registryTags === undefined || repository === undefined) return undefined
  for (const [name, tags] of Object.entries(registryTags)) {
    if (imageRepository(name) === repository) return tags
  }
  return undefined
}
