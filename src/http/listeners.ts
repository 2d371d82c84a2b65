import type { Log } from '#src/runtime/log.ts'
import { type HttpServer, type ServerLimits, startHttpServer } from './server.ts'
import type { Handler } from './webhook.ts'

/** What is served where. Endpoints with the same address share one listener. */
export interface Endpoint {
  readonly listen: { readonly host: string | undefined; readonly port: number }
  readonly routes: ReadonlyMap<string, Handler>
}

export interface Listeners {
  /** The port of each endpoint, in the order given. */
  readonly ports: readonly number[]
  close(graceMs: number): Promise<void>
}

/** Starts all or none: when one address cannot be taken, the others are let go again and node's error is thrown. */
export async function startListeners(
  endpoints: readonly Endpoint[],
  log: Log,
  limits?: ServerLimits,
): Promise<Listeners> {
  const servers = new Map<string, HttpServer>()
  const close = async (graceMs: number) => {
    await Promise.all([...servers.values()].map((server) => server.close(graceMs)))
  }
  const keyOf = ({ listen }: Endpoint, index: number) =>
    listen.port === 0 ? `free ${index}` : `${listen.host ?? ''} ${listen.port}`
  const keys = endpoints.map(keyOf)
  try {
    for (const [index, { listen }] of endpoints.entries()) {
      const key = keys[index] ?? ''
      if (servers.has(key)) continue
      const routes = new Map(endpoints.flatMap((other, i) => (keys[i] === key ? [...other.routes] : [])))
      servers.set(key, await startHttpServer({ ...listen, routes, log, ...(limits && { limits }) }))
    }
  } catch (error) {
    await close(0)
    throw error
  }
  return { ports: keys.map((key) => servers.get(key)?.port ?? 0), close }
}
