import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { type Finding, findingsOf } from './finding.ts'

/** Is the key of an ssh server pinned? */
export async function checkHostKeys(spec: RepositorySpec): Promise<readonly Finding[]> {
  const url = new URL(spec.url)
  if (url.protocol !== 'ssh:') return []
  const say = findingsOf(`host key of ${spec.name}`)
  const file = spec.credentials?.knownHostsFile
  const host = url.port === '' || url.port === '22' ? url.hostname : `[${url.hostname}]:${url.port}`
  const port = url.port === '' ? '' : `-p ${url.port} `
  const remedy = `Add the line of \`ssh-keyscan ${port}${url.hostname}\` to ${file ?? 'credentials.knownHostsFile'}, once you have compared its fingerprint.`
  if (file === undefined) return [say.failed('no known_hosts file is configured', remedy)]
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return [say.failed(`${file} cannot be read`, remedy)]
  const entries = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const named = entries.filter((line) => names(line, host))
  if (named.some((line) => line.startsWith('@revoked'))) {
    return [say.failed(`${file} revokes a key of ${host}`, 'Ask who runs the server for its present key.')]
  }
  return named.length > 0
    ? [say.ok(`${host} is in ${file}`)]
    : [say.failed(`${host} is not in ${file}`, remedy)]
}

/** As sshd(8) has it: an optional marker, then names with commas, or one hashed name. Patterns other than `*` are rare. */
function names(line: string, host: string): boolean {
  const fields = line.trim().split(/\s+/)
  const [hosts = ''] = fields[0]?.startsWith('@') ? fields.slice(1) : fields
  const hashed = /^\|1\|([^|]+)\|(.+)$/.exec(hosts)
  if (hashed !== null) {
    const [, salt = '', digest] = hashed
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest('base64') === digest
  }
  return hosts.split(',').some((each) => each === host || each === '*')
}
