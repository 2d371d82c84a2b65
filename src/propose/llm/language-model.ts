import type { JsonObject } from '#src/domain/json.ts'
import type { ModelProvider, TokenUse } from '#src/domain/model-provider.ts'

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface Question {
  /** The first is the system's; then user and assistant take turns. */
  readonly messages: readonly Message[]
  /** JSON Schema of the answer. Each adapter hands it over in its provider's own form. */
  readonly schema: JsonObject
  /** Tokens that the answer may take; one that is cut short there is no answer. */
  readonly answerTokens: number
}

export interface Reply {
  readonly text: string
  /** `cut short`: by `answerTokens` or the window. `refused`: the provider or the model would not answer. */
  readonly ended: 'whole' | 'cut short' | 'refused'
  readonly tokens: TokenUse
}

/** One model behind one provider's wire protocol. */
export interface LanguageModel {
  readonly provider: ModelProvider
  readonly model: string
  /**
   * Sends one request, and never a second one. Throws RequestFailed where there is no answer, ModelAnswerInvalid for
   * what is not the provider's protocol, CredentialsMissing where its key cannot be read.
   */
  answer(question: Question, signal?: AbortSignal): Promise<Reply>
}

/** A request without an answer. Its message never quotes what the server sent. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed'
  /** The same request may be answered in a moment: the server could not be reached, is busy or broken. */
  readonly transient: boolean
  /** The header Retry-After as it came: seconds, or an HTTP date. */
  readonly retryAfter: string | undefined

  constructor(
    message: string,
    transient: boolean,
    more: { retryAfter?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.transient = transient
    this.retryAfter = more.retryAfter
  }
}
