/** An image reference as the container runtime reads it: Docker Hub's defaults are filled in. */
export interface ImageReference {
  readonly registry: string
  /** Path below the registry: `library/nginx`. */
  readonly path: string
  readonly tag: string | undefined
  readonly digest: string | undefined
}

/* The grammar of github.com/distribution/reference: what the kubelet calls InvalidImageName does not match it. */
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const DOMAIN_LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const DOMAIN = `(?:${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const NAME = `(?:(?<domain>${DOMAIN})/)?(?<path>${COMPONENT}(?:/${COMPONENT})*)`
const TAG = '(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?'
const DIGEST = '(?:@(?<digest>[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?'
const REFERENCE = new RegExp(`^${NAME}${TAG}${DIGEST}$`)

const DEFAULT_REGISTRY = 'docker.io'
/** distribution/reference: NameTotalLengthMax. Also keeps the expression cheap on hostile text. */
const MAX_NAME = 255
const MAX_REFERENCE = 512

/** Reads an image reference; undefined where the runtime would say InvalidImageName. */
export function parseImage(text: string): ImageReference | undefined {
  const groups = text.length <= MAX_REFERENCE ? REFERENCE.exec(text)?.groups : undefined
  const path = groups?.['path']
  if (groups === undefined || path === undefined) return undefined
  const name = withDefaults(groups['domain'], path)
  if (name.registry.length + name.path.length + 1 > MAX_NAME) return undefined
  return { ...name, tag: groups['tag'], digest: groups['digest'] }
}

/** Registry and path in one text: `docker.io/library/nginx`. Undefined for an invalid reference. */
export function imageRepository(text: string): string | undefined {
  const image = parseImage(text)
  return image === undefined ? undefined : `${image.registry}/${image.path}`
}

/**
 * The repository that an invalid reference was meant to name, where that is beyond doubt: spaces around it, capitals
 * in the path, or anything wrong after the first colon of the last component. Undefined when even that does not parse.
 */
export function intendedRepository(text: string): string | undefined {
  const valid = imageRepository(text)
  if (valid !== undefined) return valid
  const trimmed = text.trim()
  const slash = trimmed.lastIndexOf('/')
  const end = trimmed.slice(slash + 1).search(/[:@\s]/)
  const name = end < 0 ? trimmed : trimmed.slice(0, slash + 1 + end)
  return imageRepository(name.toLowerCase())
}

/* A first component is a host only if it looks like one: a dot, a port, `localhost`, or capitals. */
function withDefaults(domain: string | undefined, path: string): { registry: string; path: string } {
  if (domain === undefined) {
    return { registry: DEFAULT_REGISTRY, path: path.includes('/') ? path : `library/${path}` }
  }
  const isHost = /[.:]/.test(domain) || domain === 'localhost' || domain !== domain.toLowerCase()
  if (!isHost) return { registry: DEFAULT_REGISTRY, path: `${domain}/${path}` }
  const registry = domain === 'index.docker.io' ? DEFAULT_REGISTRY : domain.toLowerCase()
  const inLibrary = registry === DEFAULT_REGISTRY && !path.includes('/')
  return { registry, path: inLibrary ? `library/${path}` : path }
}
