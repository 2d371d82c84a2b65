import { z } from 'zod'
import type { JsonObject } from '#src/domain/json.ts'
import type { Choice } from './choices.ts'

/** What a model answers: one of the choices or none of them, with its reasoning. */
export interface ModelAnswer {
  readonly reason: string
  readonly risk: string
  /** Undefined: none of them. */
  readonly choice: Choice | undefined
}

const NONE = 'none'
/** A small model talks on until something stops it. */
const SENTENCE = 240

/**
 * The JSON Schema of an answer, made for one target. Free values would let a model write what nothing grounds; so every
 * fix that the API server's types, the allow-list, the real containers, keys and names, and the static gates let pass is
 * enumerated, and the schema admits these and nothing else: an answer that parses is a valid patch of the right object.
 * The reason comes first: what a model writes before it chooses is what it chooses by. One flat object of required
 * strings is within what every provider can enforce.
 */
export function answerSchema(choices: readonly Choice[]): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(answerOf(choices, SENTENCE))
  return schema as JsonObject
}

/** Reads an answer; undefined for garbage, prose, an extra member, or something that was not offered. */
export function parseAnswer(choices: readonly Choice[], text: string): ModelAnswer | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const parsed = answerOf(choices).safeParse(value)
  if (!parsed.success) return undefined
  const { reason, risk, change } = parsed.data
  const choice = choices.find(({ label }) => label === change)
  return { reason: reason.slice(0, SENTENCE), risk: risk.slice(0, SENTENCE), choice }
}

function answerOf(choices: readonly Choice[], longest?: number) {
  const sentence = longest === undefined ? z.string() : z.string().max(longest)
  return z.strictObject({
    reason: sentence,
    change: z.enum([...choices.map(({ label }) => label), NONE]),
    risk: sentence,
  })
}
