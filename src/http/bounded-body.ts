import type { IncomingMessage } from 'node:http'

/** How the body of a request ended. `broken`: the client went away or sent another length than it announced. */
export type BodyRead =
  | { readonly state: 'read'; readonly body: Buffer }
  | { readonly state: 'too-large' }
  | { readonly state: 'broken' }

/** The body as raw bytes. Never keeps more than `limit`, and stops at the first byte beyond it. */
export function readBody(request: IncomingMessage, limit: number): Promise<BodyRead> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve({ state: 'too-large' })
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else end({ state: 'too-large' })
    }
    const onEnd = () => end({ state: 'read', body: Buffer.concat(chunks, size) })
    const onBroken = () => end({ state: 'broken' })
    function end(read: BodyRead): void {
      chunks.length = read.state === 'read' ? chunks.length : 0
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken)
      // Whoever breaks off later must not bring the process down.
      request.on('error', () => undefined)
      resolve(read)
    }
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken)
  })
}

/** What a refused client may still send while it has not yet read the answer, before its connection is cut. */
const LINGER_BYTES = 4 * 1024 * 1024

/**
 * Throws away what still comes of a request that was answered already. Cutting the connection at once would take the
 * answer from a client that is still writing; reading on without end would let it write for ever.
 */
export function discardRest(request: IncomingMessage): void {
  if (request.readableEnded || request.destroyed) return
  let size = 0
  request.on('error', () => undefined)
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > LINGER_BYTES) request.destroy()
  })
}
