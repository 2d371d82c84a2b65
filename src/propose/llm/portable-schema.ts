import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'

/**
 * Bounds that the hosted providers' subsets of JSON Schema lack. What they bound is cut after the answer was read.
 * OpenAI's strict mode and Claude refuse a schema with them; llama.cpp's grammars need them, or a small model talks on.
 */
const NOT_EVERYWHERE = new Set(['$schema', 'minLength', 'maxLength'])

/**
 * The schema as OpenAI's strict mode and Claude take it. That its objects list every member as required and allow no
 * other is the schema's own: both ask for it.
 */
export function portableSchema(schema: JsonObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !NOT_EVERYWHERE.has(key))
      .map(([key, value]) => [key, portable(value)]),
  )
}

function portable(value: Json | undefined): unknown {
  if (isArray(value)) return value.map(portable)
  return isObject(value) ? portableSchema(value) : value
}
