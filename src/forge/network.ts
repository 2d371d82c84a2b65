import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import { EnvHttpProxyAgent, fetch } from 'undici'
import { OperatorError } from '#src/domain/errors.ts'
import type { Fetch } from './hosted/guarded-fetch.ts'

export interface NetworkOptions {
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, also in lower case, as curl and git read them. */
  readonly env: NodeJS.ProcessEnv
  /** Certificate authorities in PEM, trusted beside the usual ones. */
  readonly caFile?: string | undefined
}

/** The way to a forge: one pool of connections. Throws CredentialsMissing when the file cannot be read. */
export async function openNetwork({ env, caFile }: NetworkOptions): Promise<Fetch> {
  const tls = caFile === undefined ? {} : { ca: [...rootCertificates, await certificates(caFile)] }
  const proxy = (name: string) => env[name.toLowerCase()] ?? env[name] ?? ''
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: proxy('HTTP_PROXY'),
    httpsProxy: proxy('HTTPS_PROXY'),
    noProxy: proxy('NO_PROXY'),
    connect: tls,
    requestTls: tls,
    proxyTls: tls,
  })
  const send = (input: unknown, init: object = {}) =>
    fetch(input as Parameters<typeof fetch>[0], { ...init, dispatcher })
  // The same interface as the global fetch; only the types come from two places.
  return send as unknown as Fetch
}

async function certificates(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new OperatorError('CredentialsMissing', `cannot be read (${code})`, {
      object: `file ${file}`,
      cause,
    })
  }
}
