import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { freePort } from '#src/embedded/free-port.ts'

interface Cleanup {
  after(work: () => Promise<void>): void
}

export interface Answered {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A server on loopback that answers as the test says, by path. Its URL has no slash at the end. */
export async function aServer(
  t: Cleanup,
  answers: (path: string, request: IncomingMessage) => Answered | undefined,
): Promise<string> {
  const server = createServer((request, response) => {
    const { status = 200, headers = {}, body } = answers(request.url ?? '', request) ?? { status: 404 }
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(body === undefined ? '' : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An address on loopback where nothing listens. */
export async function nowhere(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`
}
