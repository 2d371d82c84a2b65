import { createHmac } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import { type HttpServer, SERVER_LIMITS, type ServerLimits, startHttpServer } from '#src/http/server.ts'
import { createWebhook, type DeliveryResult } from '#src/http/webhook.ts'
import type { WebhookHint } from '#src/http/webhook-hint.ts'
import type { Log, LogFields } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'

export const SECRET = 'correct horse battery staple'

export const PAYLOAD = JSON.stringify({
  action: 'closed',
  number: 7,
  pull_request: { number: 7, merged: true, head: { ref: 'aiops-operator/f1-1', sha: 'abc' } },
  repository: { id: 42, full_name: 'acme/infra' },
})

/** A webhook server on a free port, and what it did. */
export interface Fixture {
  readonly server: HttpServer
  readonly hints: WebhookHint[]
  readonly results: DeliveryResult[]
  readonly lines: string[]
  secrets: readonly string[]
  onHint: (hint: WebhookHint) => Promise<void>
}

export async function startWebhook(options: Partial<ServerLimits> = {}): Promise<Fixture> {
  const hints: WebhookHint[] = []
  const results: DeliveryResult[] = []
  const lines: string[] = []
  const fixture = {
    hints,
    results,
    lines,
    secrets: [SECRET] as readonly string[],
    onHint: async (_: WebhookHint) => {},
  }
  const log = memoryLog(lines)
  const handler = await createWebhook({
    secrets: async () => fixture.secrets,
    maxBody: 1024 * 1024,
    onHint: async (hint) => {
      await fixture.onHint(hint)
      hints.push(hint)
    },
    onResult: (result) => results.push(result),
    clock: systemClock,
    hintTimeoutMs: 300,
    log,
  })
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    routes: new Map([['/webhook', handler]]),
    log,
    limits: { ...SERVER_LIMITS, ...options },
  })
  return Object.assign(fixture, { server })
}

export function memoryLog(lines: string[], inherited: LogFields = {}): Log {
  const write = (message: string, fields?: LogFields) => {
    lines.push(JSON.stringify({ message, ...inherited, ...fields }))
  }
  return { debug: write, info: write, warn: write, error: write, with: (fields) => memoryLog(lines, fields) }
}

export function sign(body: string | Uint8Array, secret = SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

export interface Delivery {
  readonly body?: string | Uint8Array
  readonly method?: string
  readonly path?: string
  /** Undefined leaves a header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

export interface Reply {
  readonly status: number
  readonly code: string | undefined
  readonly text: string
}

/** Sends a delivery as a forge does, signed with the secret unless told otherwise. */
export function deliver({ server }: Pick<Fixture, 'server'>, delivery: Delivery = {}): Promise<Reply> {
  const { body = PAYLOAD, method = 'POST', path = '/webhook' } = delivery
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'pull_request',
    'x-github-delivery': 'd-1',
    'x-hub-signature-256': sign(body),
    ...delivery.headers,
  }
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: server.port,
      method,
      path,
      headers: given,
      agent: false,
    })
    outgoing.on('response', (incoming) => readReply(incoming).then(resolve, reject))
    outgoing.on('error', reject)
    outgoing.end(method === 'GET' ? undefined : body)
  })
}

export async function readReply(incoming: IncomingMessage): Promise<Reply> {
  let text = ''
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk
  const code = /"code":"(\w+)"/.exec(text)?.[1]
  return { status: incoming.statusCode ?? 0, code, text }
}
