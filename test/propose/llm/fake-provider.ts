import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject } from '#src/domain/json.ts'
import type { ModelProvider } from '#src/domain/model-provider.ts'

/** One request as it came over the wire. */
export interface Received {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: JsonObject
}

/**
 * One reply: the text of a message, one that was cut short or refused, a status with a raw body, or silence until the
 * client goes away. A function answers from what it was asked.
 */
export type Reply =
  | string
  | { readonly cutShort: string }
  | { readonly refusal: string }
  | { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }
  | ((request: Received) => string)
  | 'hang'

const IN = 11
const OUT = 7

/* As recorded from the providers: Ollama 0.x /api/chat, OpenAI's chat completions, Anthropic's messages. */
const WIRE: Readonly<
  Record<ModelProvider, (text: string, end: 'whole' | 'cut short' | 'refused') => object>
> = {
  ollama: (content, end) => ({
    ...{ model: 'm', created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', content } },
    ...{ done: true, done_reason: end === 'cut short' ? 'length' : 'stop' },
    ...{ prompt_eval_count: IN, eval_count: OUT },
  }),
  openai: (text, end) => ({
    ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm' },
    choices: [
      {
        ...{ index: 0, logprobs: null },
        finish_reason: end === 'cut short' ? 'length' : 'stop',
        message:
          end === 'refused'
            ? { role: 'assistant', content: null, refusal: text }
            : { role: 'assistant', content: text, refusal: null },
      },
    ],
    usage: { prompt_tokens: IN, completion_tokens: OUT, total_tokens: IN + OUT },
  }),
  claude: (text, end) => ({
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm' },
    content: [{ type: 'text', text }],
    stop_reason: end === 'whole' ? 'end_turn' : end === 'refused' ? 'refusal' : 'max_tokens',
    ...{ stop_sequence: null, usage: { input_tokens: IN, output_tokens: OUT } },
  }),
}

/**
 * Speaks one provider's wire protocol on a free loopback port and answers from a script, in order; the last reply
 * repeats. For what a real server cannot be made to do: garbage, refusals, silence.
 */
export async function fakeProvider(provider: ModelProvider, ...script: readonly Reply[]) {
  const requests: Received[] = []
  const closed: Promise<void>[] = []
  const server = createServer((request, response) => {
    closed.push(new Promise((resolve) => response.on('close', resolve)))
    void answer(request, response)
  })
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as JsonObject
    const received = { url: request.url ?? '', headers: request.headers, body }
    requests.push(received)
    const reply = script[Math.min(requests.length, script.length) - 1] ?? 'hang'
    if (reply === 'hang') return
    if (typeof reply === 'object' && 'status' in reply) {
      response
        .writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
        .end(reply.body)
      return
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(spoken(WIRE[provider], reply, received)))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${provider === 'openai' ? '/v1' : ''}`,
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

function spoken(
  wire: (typeof WIRE)[ModelProvider],
  reply: Exclude<Reply, 'hang' | { status: number }>,
  received: Received,
): object {
  if (typeof reply === 'function') return wire(reply(received), 'whole')
  if (typeof reply === 'string') return wire(reply, 'whole')
  return 'refusal' in reply ? wire(reply.refusal, 'refused') : wire(reply.cutShort, 'cut short')
}

/** What was said to the model, wherever the provider has it. */
export function saidTo({ body }: Received): string {
  return JSON.stringify([body['system'], body['messages']])
}

/** The schema of the answer, wherever the provider has it. */
export function schemaIn({ body }: Received): JsonObject {
  const openai = body['response_format'] as { json_schema: { schema: JsonObject } } | undefined
  const claude = body['output_config'] as { format: { schema: JsonObject } } | undefined
  return openai?.json_schema.schema ?? claude?.format.schema ?? (body['format'] as JsonObject)
}

/** The labels that the schema offers, without `none`. */
export function offeredIn(received: Received): readonly string[] {
  const { properties } = schemaIn(received) as unknown as { properties: { change: { enum: string[] } } }
  return properties.change.enum.filter((label) => label !== 'none')
}
