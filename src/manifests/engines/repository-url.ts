const SCP = /^(?:[^/@:\s]+@)?([^/:\s]+):(?!\/\/)([^\s]+)$/

/**
 * One text for the spellings of a repository's address that engines and people use: `git@Example.com:shop/infra.git`,
 * `ssh://git@example.com/shop/infra` and `https://example.com/shop/infra/` are all `example.com/shop/infra`. Scheme, user
 * name, password, query and a default port are left out, a `.git` and slashes at the end too; the host is in lower case
 * and the path is not (GitHub ignores case, other servers do not). For comparing only: it is no address to fetch from.
 * Undefined for what names no host.
 */
export function repositoryUrl(text: string): string | undefined {
  const trimmed = text.trim()
  const scp = trimmed.includes('://') ? null : SCP.exec(trimmed)
  if (scp) return joined(scp[1] ?? '', scp[2] ?? '')
  const url = URL.parse(trimmed)
  if (
    url === null ||
    url.hostname === '' ||
    !/^(?:https?|ssh|git|git\+ssh|git\+https|oci):$/.test(url.protocol)
  )
    return undefined
  const isDefaultPort =
    url.port === '' ||
    (url.port === '22' && /ssh/.test(url.protocol)) ||
    (url.port === '443' && /https/.test(url.protocol))
  return joined(isDefaultPort ? url.hostname : `${url.hostname}:${url.port}`, decoded(url.pathname))
}

function joined(host: string, path: string): string | undefined {
  const folders = path.split('/').filter((part) => part !== '' && part !== '.')
  if (folders.length === 0 || folders.includes('..') || /[\p{Cc}\s]/u.test(host + path)) return undefined
  return `${host.toLowerCase()}/${folders.join('/').replace(/\.git$/, '')}`
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
