import { existsSync, readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici'
import { digest } from '#src/domain/digest.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { tokenFileOf } from './kubeconfig-token-file.ts'

/** How to reach and convince the API server, right now. */
export interface KubeAccess {
  /** `https://host:port`, perhaps with a path, without a slash at the end. */
  readonly server: string
  readonly headers: Readonly<Record<string, string>>
  readonly dispatcher: Dispatcher
}

export interface KubeCredentialsOptions {
  /** Default: $KUBECONFIG, then ~/.kube/config, then the pod's ServiceAccount. */
  readonly kubeconfig?: string | undefined
  /** Default: the current context. */
  readonly context?: string | undefined
}

/** Files and credential plugins are asked again after so long; a 401 asks at once. */
const FRESH_MS = 10_000

/**
 * Access by kubeconfig or ServiceAccount. One dispatcher for all requests and watches: it is replaced only when the
 * TLS material changes, and the old one then ends by itself as its requests do.
 */
export class KubeCredentials {
  readonly #options: KubeCredentialsOptions
  readonly #monotonic: () => number
  #config: LoadedConfig | undefined
  #access: KubeAccess | undefined
  #reading: Promise<KubeAccess> | undefined
  #tls = ''
  #readAt = Number.NEGATIVE_INFINITY

  constructor(options: KubeCredentialsOptions, monotonic: () => number) {
    this.#options = options
    this.#monotonic = monotonic
  }

  /** Throws CredentialsMissing or ConfigInvalid; neither repeats what a plugin printed. */
  async access(): Promise<KubeAccess> {
    if (this.#access !== undefined && this.#monotonic() - this.#readAt < FRESH_MS) return this.#access
    // Callers at the same time wait for one reading: two would make two dispatchers.
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** The server refused them: read files again and run the credential plugin again before the next request. */
  renew(): void {
    this.#config = undefined
    this.#readAt = Number.NEGATIVE_INFINITY
  }

  async #read(): Promise<KubeAccess> {
    this.#config ??= load(this.#options)
    const { config, tokenFile } = this.#config
    const cluster = config.getCurrentCluster()
    if (cluster === null) throw new OperatorError('ConfigInvalid', 'the kubeconfig names no current cluster')
    const material = await authenticate(config)
    const headers = headersOf(material, tokenFile)
    const tls = fingerprint(cluster.server, material)
    let dispatcher = this.#access?.dispatcher
    if (dispatcher === undefined || tls !== this.#tls) {
      void dispatcher?.close()
      dispatcher = newDispatcher(config, material)
      this.#tls = tls
    }
    this.#readAt = this.#monotonic()
    this.#access = { server: cluster.server, headers, dispatcher }
    return this.#access
  }

  async close(): Promise<void> {
    await this.#access?.dispatcher.close()
    this.#access = undefined
  }
}

interface LoadedConfig {
  readonly config: KubeConfig
  readonly tokenFile: string | undefined
}

function load({ kubeconfig, context }: KubeCredentialsOptions): LoadedConfig {
  const config = new KubeConfig()
  try {
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new OperatorError('ConfigInvalid', `the kubeconfig cannot be read${code}`)
  }
  if (context !== undefined) config.setCurrentContext(context)
  const user = config.getCurrentUser()
  const plain = user !== null && !user.token && !user.authProvider && !user.exec
  return { config, tokenFile: plain ? tokenFileOf(kubeconfigFiles(kubeconfig), user.name) : undefined }
}

function kubeconfigFiles(kubeconfig: string | undefined): readonly string[] {
  if (kubeconfig !== undefined) return [kubeconfig]
  const listed = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '')
  return listed.length > 0 ? listed : [join(homedir(), '.kube', 'config')].filter((path) => existsSync(path))
}

async function authenticate(config: KubeConfig): Promise<RequestOptions> {
  const material: RequestOptions = {}
  try {
    await config.applyToHTTPSOptions(material)
  } catch {
    const plugin: unknown = config.getCurrentUser()?.exec?.command
    const what = typeof plugin === 'string' ? `the credential plugin ${plugin} failed` : 'they cannot be read'
    throw new OperatorError('CredentialsMissing', `no credentials for the API server: ${what}`)
  }
  return material
}

function newDispatcher(config: KubeConfig, material: RequestOptions): Dispatcher {
  const { ca, cert, key, rejectUnauthorized, servername } = material
  const given = { ca, cert, key, rejectUnauthorized, servername }
  const tls = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const choice = config.createDispatcherOptions(config.getCurrentCluster(), tls)
  // HTTP/1.1: a watch owns its connection, so a dead one is noticed and ends nothing else.
  const shared = { allowH2: false, keepAliveTimeout: 30_000, connectTimeout: 10_000 }
  if (choice.type === 'proxy') return new ProxyAgent({ ...shared, uri: choice.uri, requestTls: tls })
  if (choice.type === 'socks') return new Socks5ProxyAgent(choice.uri, { ...shared, requestTls: tls })
  return new Agent({ ...shared, connect: { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000 } })
}

function fingerprint(
  server: string,
  { ca, cert, key, rejectUnauthorized, servername }: RequestOptions,
): string {
  return digest(...[server, ca, cert, key, rejectUnauthorized, servername].map(String))
}

function headersOf(
  material: RequestOptions,
  tokenPath: string | undefined,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { 'user-agent': 'aiops-operator' }
  if (material.auth) headers['authorization'] = `Basic ${Buffer.from(material.auth).toString('base64')}`
  for (const [name, value] of Object.entries(material.headers ?? {})) {
    headers[name.toLowerCase()] = String(value).trim()
  }
  if (tokenPath !== undefined) headers['authorization'] = `Bearer ${readToken(tokenPath)}`
  return headers
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    throw new OperatorError('CredentialsMissing', `the token file ${path} of the kubeconfig cannot be read`)
  }
}
