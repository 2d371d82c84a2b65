import { type Dispatcher, request as send } from 'undici'
import { OperatorError } from '#src/domain/errors.ts'
import { isObject, type JsonObject } from '#src/domain/json.ts'
import { refusal, unreachable } from './api-errors.ts'
import type { ApiRequest, ApiTransport } from './api-transport.ts'
import type { KubeCredentials } from './kube-credentials.ts'
import { splitLines } from './line-splitter.ts'

const TIMEOUT_MS = 30_000

/** The API server over undici, all requests and watches through the credentials' one dispatcher. */
export class FetchTransport implements ApiTransport {
  readonly #credentials: KubeCredentials

  constructor(credentials: KubeCredentials) {
    this.#credentials = credentials
  }

  async bytes(request: ApiRequest): Promise<Buffer> {
    const timeout = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS)
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout
    const answer = await this.#ask(request, { signal })
    try {
      return Buffer.from(await answer.body.arrayBuffer())
    } catch (error) {
      throw await this.#silence(error, request)
    }
  }

  async json(request: ApiRequest): Promise<JsonObject> {
    const bytes = await this.bytes(request)
    const body = parsed(bytes.toString('utf8'))
    if (body === undefined) {
      throw new OperatorError(
        'ApiUnreachable',
        'what answers there is not a Kubernetes API server: no JSON',
        {
          object: request.about,
        },
      )
    }
    return body
  }

  async *lines(request: ApiRequest & { readonly idleMs: number }): AsyncGenerator<string> {
    // A signal of our own, so that leaving the loop early drops the connection instead of reading on.
    const leave = new AbortController()
    const signal = request.signal ? AbortSignal.any([request.signal, leave.signal]) : leave.signal
    try {
      const answer = await this.#ask(request, { signal, bodyTimeout: request.idleMs })
      yield* splitLines(answer.body)
    } catch (error) {
      if (request.signal?.aborted) return
      throw error instanceof OperatorError ? error : await this.#silence(error, request)
    } finally {
      leave.abort()
    }
  }

  async close(): Promise<void> {
    await this.#credentials.close()
  }

  /** The answer, when it is a 2xx. After a 401 the credentials are renewed and it is asked once more. */
  async #ask(request: ApiRequest, options: SendOptions): Promise<Dispatcher.ResponseData> {
    const first = await this.#send(request, options)
    if (first.statusCode !== 401) return accepted(first, request)
    await first.body.dump()
    this.#credentials.renew()
    return accepted(await this.#send(request, options), request)
  }

  async #send(request: ApiRequest, options: SendOptions): Promise<Dispatcher.ResponseData> {
    const access = await this.#credentials.access()
    const body = request.body === undefined ? null : JSON.stringify(request.body)
    try {
      return await send(access.server + request.path + queryOf(request), {
        dispatcher: access.dispatcher,
        method: request.method,
        headers: {
          ...access.headers,
          accept: request.accept ?? 'application/json',
          ...(body === null ? {} : { 'content-type': request.contentType ?? 'application/json' }),
        },
        body,
        headersTimeout: TIMEOUT_MS,
        ...options,
      })
    } catch (error) {
      throw unreachable(access.server, error, request.about)
    }
  }

  async #silence(error: unknown, request: ApiRequest): Promise<OperatorError> {
    const { server } = await this.#credentials.access()
    return unreachable(server, error, request.about)
  }
}

interface SendOptions {
  readonly signal: AbortSignal
  /** Longest pause within the body. */
  readonly bodyTimeout?: number
}

async function accepted(
  answer: Dispatcher.ResponseData,
  request: ApiRequest,
): Promise<Dispatcher.ResponseData> {
  if (answer.statusCode >= 200 && answer.statusCode < 300) return answer
  const text = await answer.body.text().catch(() => '')
  const seconds = Number(answer.headers['retry-after'])
  throw refusal(
    answer.statusCode,
    parsed(text) ?? {},
    request.about,
    Number.isFinite(seconds) ? seconds * 1000 : undefined,
  )
}

function queryOf({ query = {} }: ApiRequest): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? '' : `?${search}`
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
