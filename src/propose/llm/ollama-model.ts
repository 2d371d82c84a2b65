import { Ollama } from 'ollama'
import { OperatorError } from '#src/domain/errors.ts'
import type { LanguageModel } from './language-model.ts'
import { requestModel } from './model-http.ts'

export interface OllamaSettings {
  readonly url: string
  readonly model: string
  /** How long one request may take, in milliseconds. */
  readonly timeout: number
  readonly contextTokens: number
}

/**
 * A model of an Ollama server: the schema goes into `format` as it is (llama.cpp makes a grammar of it), and `num_ctx`
 * is the window that the prompt was cut to. A client of its own per request: the package's abort() leaves requests that
 * do not stream pending for ever.
 */
export function ollamaModel({ url, model, timeout, contextTokens }: OllamaSettings): LanguageModel {
  return {
    provider: 'ollama',
    model,
    answer: ({ messages, schema, answerTokens }, outer) =>
      requestModel({ timeout, headers: [] }, outer, async (fetch) => {
        const answer = await new Ollama({ host: url, fetch }).chat({
          model,
          messages: [...messages],
          format: schema,
          stream: false,
          options: { temperature: 0, seed: 1, num_ctx: contextTokens, num_predict: answerTokens },
        })
        const { message, done_reason: reason, prompt_eval_count: prompt, eval_count: tokens } = answer
        if (typeof message?.content !== 'string')
          throw new OperatorError('ModelAnswerInvalid', 'the server answered without a message')
        return {
          text: message.content,
          ended: reason === 'length' ? 'cut short' : 'whole',
          tokens: { prompt: prompt ?? 0, answer: tokens ?? 0 },
        }
      }),
  }
}
