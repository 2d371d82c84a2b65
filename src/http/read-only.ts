import { discardRest } from './bounded-body.ts'
import type { Handler } from './webhook.ts'

/** The handler for GET and HEAD; 405 for everything else. */
export function readOnly(handler: Handler): Handler {
  return async (request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD') return handler(request, response)
    response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end()
    discardRest(request)
  }
}
