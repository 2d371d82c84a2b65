import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { asOperatorError } from '#src/domain/errors.ts'
import type { Log } from '#src/runtime/log.ts'
import { discardRest } from './bounded-body.ts'
import type { Handler } from './webhook.ts'

export interface ServerLimits {
  /** From the first byte of a connection or the last response to the end of the headers. */
  readonly headersMs: number
  /** From there to the end of the body. */
  readonly requestMs: number
  readonly keepAliveMs: number
  /** How often the two limits above are looked at. */
  readonly checkEveryMs: number
  readonly maxConnections: number
}

/** A forge sends a delivery in one go; whoever takes longer holds a connection that others need. */
export const SERVER_LIMITS: ServerLimits = {
  headersMs: 5_000,
  requestMs: 10_000,
  keepAliveMs: 5_000,
  checkEveryMs: 1_000,
  maxConnections: 64,
}

export interface HttpServerOptions {
  readonly host: string | undefined
  /** 0 takes a free one. */
  readonly port: number
  /** Handlers by path. A path is compared whole; the query is not part of it. */
  readonly routes: ReadonlyMap<string, Handler>
  readonly log: Log
  readonly limits?: ServerLimits
}

export interface HttpServer {
  /** The port that was taken. */
  readonly port: number
  /** Takes no new connection, lets requests under way end for so long, then cuts what is left. Repeatable. */
  close(graceMs: number): Promise<void>
}

/** Rejects with node's own error (EADDRINUSE, EACCES …) when the address cannot be taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { routes, log, limits = SERVER_LIMITS } = options
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    maxHeaderSize: 16 * 1024,
  })
  server.maxConnections = limits.maxConnections
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    route(request, response, routes).catch((error: unknown) => {
      log.error('an HTTP request could not be handled', { code: asOperatorError(error).code })
      if (response.headersSent) response.destroy()
      else response.writeHead(500).end()
    })
  }
  server.on('request', serve)
  // A client that waits for "100 Continue" is told its refusal before it sends the body.
  server.on('checkContinue', serve)
  await listen(server, options)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return { port, close: (graceMs) => close(server, graceMs) }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  routes: HttpServerOptions['routes'],
): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?')
  const handler = routes.get(path)
  if (handler !== undefined) return handler(request, response)
  response.writeHead(404, { 'content-length': 0 }).end()
  discardRest(request)
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    // The callback's error only says that the server was closed already.
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
