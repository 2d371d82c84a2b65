import OpenAI from 'openai'
import { OperatorError } from '#src/domain/errors.ts'
import type { LanguageModel } from './language-model.ts'
import { requestModel } from './model-http.ts'
import { portableSchema } from './portable-schema.ts'

export interface OpenAiSettings {
  /** The API's root with its version: `https://api.openai.com/v1`. */
  readonly url: string
  readonly model: string
  /** How long one request may take, in milliseconds. */
  readonly timeout: number
  /** Read for every request; undefined: a server without keys. */
  readonly apiKey: () => Promise<string | undefined>
}

/**
 * A model behind the chat completions of OpenAI or of a server that speaks them (vLLM, llama.cpp, LiteLLM, Ollama …):
 * the schema goes into `response_format` as a strict JSON Schema. OpenAI's own models take no `max_tokens` any more, and
 * the newer ones no temperature; other servers may know neither of the new names.
 */
export function openAiModel({ url, model, timeout, apiKey }: OpenAiSettings): LanguageModel {
  const isOpenAi = /(^|\.)openai\.(azure\.)?com$/.test(new URL(url).hostname)
  return {
    provider: 'openai',
    model,
    answer: async ({ messages, schema, answerTokens }, outer) => {
      const key = await apiKey()
      const headers = key === undefined ? [] : ['authorization']
      return requestModel({ timeout, headers }, outer, async (fetch) => {
        const client = new OpenAI({
          ...{ baseURL: url, apiKey: key ?? 'none', organization: null, project: null },
          ...{ fetch, timeout: timeout * 2, maxRetries: 0, logLevel: 'off' },
        })
        const completion = await client.chat.completions.create({
          model,
          messages: [...messages],
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'fix', strict: true, schema: portableSchema(schema) },
          },
          ...(isOpenAi
            ? { max_completion_tokens: answerTokens }
            : { max_tokens: answerTokens, temperature: 0, seed: 1 }),
        })
        const choice = completion.choices?.[0]
        const text = choice?.message?.content ?? ''
        const refused = Boolean(choice?.message?.refusal) || choice?.finish_reason === 'content_filter'
        if (choice === undefined || typeof text !== 'string')
          throw new OperatorError('ModelAnswerInvalid', 'the server answered without a message')
        return {
          text,
          ended: refused ? 'refused' : choice.finish_reason === 'length' ? 'cut short' : 'whole',
          tokens: {
            prompt: completion.usage?.prompt_tokens ?? 0,
            answer: completion.usage?.completion_tokens ?? 0,
          },
        }
      })
    },
  }
}
