import { digest } from '#src/domain/digest.ts'
import { canonicalJson } from '#src/domain/json.ts'
import type { LanguageModel, Question } from './language-model.ts'

/** Where an answer belongs, for those who keep it. */
export interface CachedFor {
  readonly namespace: string
  readonly key: string
}

/**
 * Answers that models gave, so that the same question never costs a second call. What is kept is untrusted like an
 * answer that has just come: it is parsed by the same schema, and what it chooses goes through the same gates.
 */
export interface AnswerCache {
  /** The answer's text; undefined where none is kept, or the cache cannot be reached. */
  get(place: CachedFor): Promise<string | undefined>
  /** Never throws: an answer that cannot be kept is still an answer. */
  put(place: CachedFor, text: string): Promise<void>
}

/**
 * One key per question: what is asked (evidence, prompts with their version, repair rounds), the schema of the answer,
 * and who is asked. Evidence was redacted before it came into a question.
 */
export function questionKey({ provider, model }: LanguageModel, { messages, schema }: Question): string {
  const asked = messages.map(({ role, content }) => `${role}:${content}`)
  return digest('answer', provider, model, canonicalJson(schema), ...asked).slice(0, 40)
}

/** Within this process, the newest of so many answers. */
export class AnswersInMemory implements AnswerCache {
  readonly #most: number
  readonly #answers = new Map<string, string>()

  constructor(most = 1000) {
    this.#most = most
  }

  async get({ namespace, key }: CachedFor): Promise<string | undefined> {
    return this.#answers.get(`${namespace}/${key}`)
  }

  async put({ namespace, key }: CachedFor, text: string): Promise<void> {
    this.#answers.set(`${namespace}/${key}`, text)
    const [oldest] = this.#answers.keys()
    if (this.#answers.size > this.#most && oldest !== undefined) this.#answers.delete(oldest)
  }
}

/** The near one first; what only the far one has is kept near from then on. */
export function inTwoPlaces(near: AnswerCache, far: AnswerCache): AnswerCache {
  return {
    async get(place) {
      const known = await near.get(place)
      if (known !== undefined) return known
      const found = await far.get(place)
      if (found !== undefined) await near.put(place, found)
      return found
    },
    async put(place, text) {
      await near.put(place, text)
      await far.put(place, text)
    },
  }
}
