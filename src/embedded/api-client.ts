import { request } from 'node:https'
import { OperatorError } from '#src/domain/errors.ts'

/** Just enough of an API client to set a control plane up; the product's own client is `#src/cluster`. */
export interface ApiClient {
  /** Parsed JSON of a 2xx answer; ServerFailed with the server's message otherwise. */
  send(method: string, path: string, body?: unknown): Promise<unknown>
  /** The HTTP status, or undefined while nobody answers. */
  status(path: string): Promise<number | undefined>
}

export function createApiClient(url: string, ca: string, token: string): ApiClient {
  return {
    async send(method, path, body) {
      const { status, text } = await exchange(url, ca, token, method, path, body)
      if (status < 200 || status > 299) {
        throw new OperatorError('ServerFailed', `${method} ${path} answered ${status}: ${text.slice(0, 500)}`)
      }
      return text.startsWith('{') ? JSON.parse(text) : text
    },
    async status(path) {
      try {
        return (await exchange(url, ca, token, 'GET', path)).status
      } catch {
        return undefined
      }
    },
  }
}

function exchange(
  url: string,
  ca: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; text: string }> {
  const payload = body === undefined ? undefined : JSON.stringify(body)
  const type = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json'
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(path, url),
      {
        method,
        ca,
        agent: false,
        timeout: 10_000,
        headers: { authorization: `Bearer ${token}`, ...(payload && { 'content-type': type }) },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', reject)
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 10 s')))
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}
