import { execFile, spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OperatorError } from '#src/domain/errors.ts'

export interface GitServerOptions {
  /** Every bare repository below this folder is served: `root/infra.git` as `URL/infra.git`. */
  readonly root: string
  readonly port?: number
  /** The only login that is let in; everybody is, without it. */
  readonly auth?: { readonly user: string; readonly password: string }
}

/** What a request asked for; never its credentials. */
export interface GitRequest {
  readonly method: string
  readonly path: string
  /** The user of the login, if one was given, right or wrong. */
  readonly user: string | undefined
  readonly service: 'fetch' | 'push' | undefined
  readonly status: number
}

export interface GitServer {
  readonly url: string
  readonly root: string
  /** Finished requests, oldest first. */
  readonly requests: readonly GitRequest[]
  /** Makes `root/NAME.git`, empty, with the branch `main`; gives its URL. */
  createRepository(name: string): Promise<string>
  close(): Promise<void>
}

/**
 * A Git server over smart HTTP on loopback: `git http-backend` as CGI, a process for each request. Takes pushes and
 * partial clones. Serves nothing but Git, and reads no configuration of the person's or the system's.
 */
export async function serveGit(options: GitServerOptions): Promise<GitServer> {
  const backend = join((await run('git', ['--exec-path'])).stdout.trim(), 'git-http-backend')
  const requests: GitRequest[] = []
  const server = createServer((request, response) => {
    const login = basicLogin(request.headers.authorization)
    response.on('finish', () => requests.push(logEntry(request, login?.user, response.statusCode)))
    if (options.auth && !isLogin(login, options.auth)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    runBackend(backend, options.root, login?.user ?? 'anonymous', request, response)
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    root: options.root,
    requests,
    async createRepository(name) {
      await run('git', [
        'init',
        '--quiet',
        '--bare',
        '--initial-branch=main',
        join(options.root, `${name}.git`),
      ])
      return `${url}/${name}.git`
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function run(command: string, args: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await promisify(execFile)(command, args)
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (missing) throw new OperatorError('GitMissing', `${command} cannot be started`, { cause })
    throw new OperatorError('ServerFailed', `${command} ${args[0]} failed`, { cause })
  }
}

interface Login {
  readonly user: string
  readonly password: string
}

function basicLogin(header = ''): Login | undefined {
  if (!header.startsWith('Basic ')) return undefined
  const text = Buffer.from(header.slice(6), 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

function isLogin(login: Login | undefined, wanted: Login): boolean {
  return login?.user === wanted.user && login.password === wanted.password
}

function logEntry(request: IncomingMessage, user: string | undefined, status: number): GitRequest {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const service = `${url.searchParams.get('service') ?? ''}${url.pathname}`
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    user,
    service: /upload-pack/.test(service) ? 'fetch' : /receive-pack/.test(service) ? 'push' : undefined,
    status,
  }
}

const SETTINGS = {
  'http.receivepack': 'true', // pushes
  'uploadpack.allowFilter': 'true', // partial clones
  'uploadpack.allowAnySHA1InWant': 'true', // a commit that no branch has any more
  'receive.denyDeleteCurrent': 'ignore',
  'safe.directory': '*', // repositories that another user made
} as const

function backendEnvironment(root: string, user: string, request: IncomingMessage): NodeJS.ProcessEnv {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const { headers } = request
  const environment: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: String(Object.keys(SETTINGS).length),
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: headers['content-type'] ?? '',
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_USER: user, // only a named user may push
  }
  Object.entries(SETTINGS).forEach(([key, value], index) => {
    environment[`GIT_CONFIG_KEY_${index}`] = key
    environment[`GIT_CONFIG_VALUE_${index}`] = value
  })
  // Absent is not the same as empty for these two: a chunked push has no length.
  if (headers['content-length']) environment['CONTENT_LENGTH'] = headers['content-length']
  if (headers['content-encoding']) environment['HTTP_CONTENT_ENCODING'] = headers['content-encoding']
  return environment
}

function runBackend(
  backend: string,
  root: string,
  user: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const child = spawn(backend, [], {
    env: backendEnvironment(root, user, request),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  request.pipe(child.stdin)
  child.stdin.on('error', () => {}) // it may refuse a request without reading its body
  response.on('close', () => child.kill())
  let head: Buffer | undefined = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === undefined) {
      if (!response.write(chunk)) child.stdout.pause()
      return
    }
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    const { status, headers } = parseHead(head.subarray(0, end).toString())
    response.writeHead(status, headers)
    response.write(head.subarray(end + 4))
    head = undefined
  })
  response.on('drain', () => child.stdout.resume())
  child.on('error', () => response.writeHead(500).end())
  child.on('close', () => {
    if (!response.headersSent) response.writeHead(500)
    response.end()
  })
}

/** RFC 3875 §6: `Status` is the status, every other line a header. */
function parseHead(text: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {}
  let status = 200
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    const value = line.slice(colon + 1).trim()
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
    else headers[name] = value
  }
  return { status, headers }
}
