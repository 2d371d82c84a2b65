import Anthropic from '@anthropic-ai/sdk'
import { OperatorError } from '#src/domain/errors.ts'
import type { LanguageModel, Message } from './language-model.ts'
import { requestModel } from './model-http.ts'
import { portableSchema } from './portable-schema.ts'

export interface ClaudeSettings {
  readonly url: string
  readonly model: string
  /** How long one request may take, in milliseconds. */
  readonly timeout: number
  /** Read for every request. */
  readonly apiKey: () => Promise<string | undefined>
}

const CUT_SHORT: ReadonlySet<string | null> = new Set(['max_tokens', 'model_context_window_exceeded'])

/** A Claude model behind Anthropic's Messages API: the schema goes into `output_config.format`. */
export function claudeModel({ url, model, timeout, apiKey }: ClaudeSettings): LanguageModel {
  return {
    provider: 'claude',
    model,
    answer: async ({ messages, schema, answerTokens }, outer) => {
      const key = await apiKey()
      if (key === undefined) throw new OperatorError('CredentialsMissing', 'no API key is configured')
      const headers = ['authorization', 'anthropic-version']
      return requestModel({ timeout, headers }, outer, async (fetch) => {
        const client = new Anthropic({
          ...{ baseURL: url, apiKey: key, fetch, timeout: timeout * 2 },
          ...{ maxRetries: 0, logLevel: 'off', openTelemetry: false },
        })
        const message = await client.messages.create({
          model,
          max_tokens: answerTokens,
          system: messages.flatMap(({ role, content }) => (role === 'system' ? [content] : [])).join('\n\n'),
          messages: messages.flatMap(turn),
          output_config: { format: { type: 'json_schema', schema: portableSchema(schema) } },
        })
        if (!Array.isArray(message.content))
          throw new OperatorError('ModelAnswerInvalid', 'the server answered without content')
        const { stop_reason: reason, usage } = message
        return {
          text: message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(''),
          ended: reason === 'refusal' ? 'refused' : CUT_SHORT.has(reason) ? 'cut short' : 'whole',
          tokens: { prompt: usage?.input_tokens ?? 0, answer: usage?.output_tokens ?? 0 },
        }
      })
    },
  }
}

function turn({ role, content }: Message) {
  return role === 'system' ? [] : [{ role, content }]
}
