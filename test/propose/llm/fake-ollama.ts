import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a request to /api/chat asked for, as far as tests look. */
export interface ChatRequest {
  readonly model: string
  readonly format: object
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly options: Readonly<Record<string, number>>
}

/** One reply: the text of a message, a status with a raw body, or silence until the client goes away. */
export type Reply =
  | string
  | { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }
  | 'hang'

/**
 * Speaks Ollama's wire protocol on a free loopback port and answers from a script, in order; the last reply repeats.
 * For what a real server cannot be made to do: garbage, refusals, silence.
 */
export async function fakeOllama(...script: readonly Reply[]) {
  const requests: ChatRequest[] = []
  const closed: Promise<void>[] = []
  const server = createServer((request, response) => {
    closed.push(new Promise((resolve) => response.on('close', resolve)))
    void answer(request, response)
  })
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    requests.push(JSON.parse(Buffer.concat(chunks).toString()) as ChatRequest)
    const reply = script[Math.min(requests.length, script.length) - 1] ?? 'hang'
    if (reply === 'hang') return
    if (typeof reply !== 'string') {
      response.writeHead(reply.status, { 'content-type': 'text/plain', ...reply.headers }).end(reply.body)
      return
    }
    const message = { role: 'assistant', content: reply }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ model: 'fake', message, done: true, done_reason: 'stop' }))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    /** Resolves when the client has let go of every request so far. */
    released: () => Promise.all(closed),
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
