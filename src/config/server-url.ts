/** What is wrong with a URL, as the end of a sentence that never repeats the URL; undefined when nothing is. */
export type UrlProblem = string

const CREDENTIALS =
  'has credentials in it; remove them (and change them: they were written down), and name them under credentials'

/**
 * The rules for every URL in the configuration: no credentials, no query or fragment (tokens hide there), no blanks,
 * and plain http only where `plain` allows it or the host is this machine.
 */
export function urlProblem(
  text: string,
  schemes: readonly string[],
  plain: 'loopback' | 'anywhere',
): UrlProblem | undefined {
  const list = schemes.map((scheme) => `${scheme}://`).join(', ')
  if (/^[^/:@\s]+@[^/:\s]+:(?!\/\/)/.test(text))
    return `is in scp form; expected a URL: ssh://USER@HOST/PATH, or one of ${list}`
  const url = schemes.some((scheme) => text.startsWith(`${scheme}://`)) ? readUrl(text) : undefined
  if (url === undefined || url.hostname === '') return `expected a URL that starts with ${list}`
  if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) return CREDENTIALS
  if (url.search !== '' || url.hash !== '') return 'has a query or a fragment; expected neither'
  if (/^-|%/.test(url.hostname) || /^-|%/.test(url.username))
    return 'has a host or user name that is not plain'
  if (url.protocol === 'http:' && plain === 'loopback' && !isLoopback(url.hostname)) {
    return 'is plain http, which anybody on the way can read and change; use https, or set insecure: true'
  }
  return undefined
}

/** True for names and addresses that never leave this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

function readUrl(text: string): URL | undefined {
  return /[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text) ? undefined : new URL(text)
}

/** API root, owner and name that a repository's URL implies on a forge; undefined where the path is not OWNER/REPO. */
export function forgeOf(
  text: string,
  type: 'github' | 'gitea',
): { baseUrl: string; owner: string; repo: string } | undefined {
  const url = readUrl(text)
  const [, owner, repo] = /^\/([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(url?.pathname ?? '') ?? []
  if (url === undefined || owner === undefined || repo === undefined) return undefined
  return { baseUrl: apiOf(url, type), owner, repo }
}

/** Where the API of a forge is that stands at the root of its host. */
export function apiOf(url: URL, type: 'github' | 'gitea'): string {
  if (type === 'github' && url.hostname === 'github.com') return 'https://api.github.com'
  const scheme = url.protocol === 'http:' ? 'http' : 'https'
  return `${scheme}://${hostOf(url)}${type === 'github' ? '/api/v3' : '/api/v1'}`
}

/** The port of an ssh URL is sshd's, not the API's. */
function hostOf(url: URL): string {
  return url.protocol === 'ssh:' ? url.hostname : url.host
}
