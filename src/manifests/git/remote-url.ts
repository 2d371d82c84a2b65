import { OperatorError } from '#src/domain/errors.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'

export type GitProtocol = 'https' | 'http' | 'ssh' | 'file'

export interface RemoteUrl {
  /** As it is given to git: never with a password. */
  readonly url: string
  readonly protocol: GitProtocol
}

/** Written out, so that no name that merely resolves to loopback counts. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Checks a repository's URL: https anywhere, http on loopback or where the administrator accepts it, ssh with an optional user name; file only where the
 * caller allows it. Everything else (git's `ext::`, `git://`, scp-like addresses, embedded credentials) is
 * ConfigInvalid.
 */
export function remoteUrl(
  { url: text, name: repository, insecure }: Pick<RepositorySpec, 'url' | 'name' | 'insecure'>,
  allowFile: boolean,
): RemoteUrl {
  const refuse = (why: string) =>
    new OperatorError('ConfigInvalid', why, { object: `repository ${repository}` })
  const parsed = URL.parse(text)
  if (parsed === null) throw refuse('its url is not a URL; write https://, or ssh:// with the whole path')
  const protocol = parsed.protocol.slice(0, -1)
  if (parsed.password !== '' || (parsed.username !== '' && protocol !== 'ssh'))
    throw refuse('its url carries credentials; name a tokenFile or tokenEnv instead')
  if (parsed.search !== '' || parsed.hash !== '') throw refuse('its url carries a query or a fragment')
  if (protocol === 'https' || protocol === 'ssh') {
    if (parsed.hostname.startsWith('-') || parsed.username.startsWith('-') || parsed.hostname === '')
      throw refuse('its url has no usable host')
    return { url: text, protocol }
  }
  if (protocol === 'http') {
    if (!LOOPBACK.has(parsed.hostname) && insecure !== true)
      throw refuse('its url is plain http to another host; use https')
    return { url: text, protocol }
  }
  if (protocol === 'file' && allowFile) return { url: text, protocol }
  throw refuse(`its url uses ${protocol}; use https or ssh`)
}
