/** An image reference in its parts, as kustomize's `images:` takes them. */
export interface ImageReference {
  /** Registry and repository: `ghcr.io/team/web`. */
  readonly name: string
  readonly tag: string | undefined
  readonly digest: string | undefined
}

export function parseImage(text: string): ImageReference {
  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : text.slice(at + 1)
  const rest = at < 0 ? text : text.slice(0, at)
  const colon = rest.lastIndexOf(':')
  // A colon before a slash is a registry's port.
  const hasTag = colon > rest.lastIndexOf('/')
  return {
    name: hasTag ? rest.slice(0, colon) : rest,
    tag: hasTag ? rest.slice(colon + 1) : undefined,
    digest,
  }
}
