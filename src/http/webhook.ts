import type { IncomingMessage, ServerResponse } from 'node:http'
import { digest } from '#src/domain/digest.ts'
import { asOperatorError, type ErrorCode, OperatorError } from '#src/domain/errors.ts'
import type { Json } from '#src/domain/json.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Log } from '#src/runtime/log.ts'
import { discardRest, readBody } from './bounded-body.ts'
import { RecentDeliveries } from './recent-deliveries.ts'
import { isSigned, presentedDigest } from './signature.ts'
import { readHint, type WebhookHint } from './webhook-hint.ts'

export const DELIVERY_RESULTS = [
  'accepted',
  'duplicate',
  'ignored',
  'refused',
  'unsigned',
  'too_large',
  'invalid',
  'failed',
] as const
/** How a delivery ended, for the metric. */
export type DeliveryResult = (typeof DELIVERY_RESULTS)[number]

export interface WebhookOptions {
  /** All secrets that are good now, read for each delivery; a delivery signed with any of them is genuine. */
  readonly secrets: () => Promise<readonly string[]>
  /** Largest body in bytes. */
  readonly maxBody: number
  /** Stores the hint where the leader finds it. What it rejects is answered 503, and forgotten as a delivery. */
  readonly onHint: (hint: WebhookHint) => Promise<void>
  readonly clock: Pick<Clock, 'sleep'>
  /** How long the forge may wait for that, in milliseconds: GitHub gives up after ten seconds. */
  readonly hintTimeoutMs: number
  readonly onResult: (result: DeliveryResult) => void
  readonly log: Log
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

interface Answer {
  readonly status: number
  readonly result: DeliveryResult
  readonly code?: ErrorCode
  readonly message: string
}

/** Deliveries told apart from doubles: hours of a busy forge in about a megabyte. */
const REMEMBERED_DELIVERIES = 4096

/**
 * POST /webhook. The signature over the raw bytes is checked before anything in them is looked at; then the delivery is
 * reduced to a hint and handed on. The delivery identifier is not signed, so somebody who holds one genuine delivery can
 * repeat it under other identifiers: that costs one more look at that pull request, never more. Rejects as `secrets`
 * does: a server that could verify nothing must not start.
 */
export async function createWebhook(options: WebhookOptions): Promise<Handler> {
  await options.secrets()
  const recent = new RecentDeliveries(REMEMBERED_DELIVERIES)
  return async (request, response) => {
    const answer = await answerTo(request, response, options, recent).catch((thrown): Answer => {
      const { code } = asOperatorError(thrown)
      options.log.error('a webhook delivery could not be handled', { code })
      const status = code === 'Internal' ? 500 : 503
      return { status, result: 'failed', code, message: 'The delivery could not be handled.' }
    })
    options.onResult(answer.result)
    send(response, answer)
    discardRest(request)
  }
}

async function answerTo(
  request: IncomingMessage,
  response: ServerResponse,
  options: WebhookOptions,
  recent: RecentDeliveries,
): Promise<Answer> {
  const digestPresented = presentedDigest(request.headers['x-hub-signature-256'])
  const refused = refusedUnread(request, digestPresented !== undefined)
  if (refused !== undefined || digestPresented === undefined) return refused ?? UNSIGNED
  const length = Number(request.headers['content-length'] ?? 0)
  if (request.headers.expect !== undefined && length <= options.maxBody) response.writeContinue()
  const read = await readBody(request, options.maxBody)
  if (read.state === 'too-large') {
    const message = `The body is larger than ${options.maxBody} bytes.`
    return { status: 413, result: 'too_large', code: 'BodyTooLarge', message }
  }
  if (read.state === 'broken') return INVALID
  if (!isSigned(read.body, digestPresented, await options.secrets())) return UNSIGNED
  return handOn(read.body, request, options, recent)
}

/** What the headers alone tell. */
function refusedUnread(request: IncomingMessage, signed: boolean): Answer | undefined {
  if (request.method !== 'POST') {
    return {
      status: 405,
      result: 'refused',
      code: 'MethodNotAllowed',
      message: 'Deliveries are sent by POST.',
    }
  }
  const type = request.headers['content-type'] ?? ''
  const encoded = request.headers['content-encoding'] !== undefined
  if (!/^application\/json\s*(?:;|$)/i.test(type) || encoded) {
    const message = 'Deliveries are sent as application/json, not encoded.'
    return { status: 415, result: 'refused', code: 'BodyInvalid', message }
  }
  return signed ? undefined : UNSIGNED
}

/** After verification: the delivery as a hint, once. */
async function handOn(
  body: Buffer,
  request: IncomingMessage,
  options: WebhookOptions,
  recent: RecentDeliveries,
): Promise<Answer> {
  const event = header(request, ['x-github-event', 'x-gitea-event'])
  const delivery = header(request, ['x-github-delivery', 'x-gitea-delivery'])
  const payload = parseJson(body)
  const read = payload === undefined ? ({ kind: 'invalid' } as const) : readHint(payload, { event, delivery })
  if (read.kind === 'invalid') return INVALID
  if (read.kind === 'ignored') return { status: 202, result: 'ignored', message: 'Nothing to look at.' }
  const key = digest(delivery, body.toString('base64'))
  try {
    const turn = await inTime(
      recent.once(key, () => options.onHint(read.hint)),
      options,
    )
    return turn === 'first'
      ? { status: 202, result: 'accepted', message: 'The pull request is looked at again.' }
      : { status: 202, result: 'duplicate', message: 'This delivery came before.' }
  } catch (error) {
    const { code } = asOperatorError(error)
    options.log.warn('the hint of a webhook delivery was not stored', { code, delivery })
    const message = 'The hint was not stored; polling finds the change, or send the delivery again.'
    return { status: 503, result: 'failed', code: 'HintNotStored', message }
  }
}

/** Rejects when the work takes too long; it goes on, and a second delivery waits for its end. */
async function inTime<T>(work: Promise<T>, { clock, hintTimeoutMs }: WebhookOptions): Promise<T> {
  const done = new AbortController()
  const late = clock.sleep(hintTimeoutMs, done.signal).then((): never => {
    throw new OperatorError('HintNotStored', `storing the hint took longer than ${hintTimeoutMs} ms`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    done.abort()
    late.catch(() => undefined)
  }
}

const UNSIGNED: Answer = {
  status: 401,
  result: 'unsigned',
  code: 'SignatureInvalid',
  message: 'X-Hub-Signature-256 is missing, or is not the signature of this body under a configured secret.',
}

const INVALID: Answer = {
  status: 400,
  result: 'invalid',
  code: 'BodyInvalid',
  message: 'The body is not a payload of GitHub or Gitea for this event.',
}

/** The first of these headers, where it is a plain short text. */
function header(request: IncomingMessage, names: readonly string[]): string {
  const value = names.map((name) => request.headers[name]).find((candidate) => candidate !== undefined)
  return typeof value === 'string' && /^[\w-]{1,100}$/.test(value) ? value : ''
}

function parseJson(body: Buffer): Json | undefined {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as Json
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, { status, code, result, message }: Answer): void {
  if (response.headersSent || response.destroyed) return
  const body = JSON.stringify(code === undefined ? { result, message } : { code, message })
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(status === 405 && { allow: 'POST' }),
  })
  response.end(body)
}
