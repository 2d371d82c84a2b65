import { z } from 'zod'
import type { FieldChange } from '#src/domain/change.ts'
import { isArray, isObject, type Json } from '#src/domain/json.ts'
import type { Candidate } from './candidates.ts'

/** What a model may answer: an abstention, or some of the candidate changes with its reasoning. */
export type ModelAnswer =
  | { readonly decision: 'abstain'; readonly reason: string }
  | {
      readonly decision: 'propose'
      readonly rootCause: string
      readonly risk: string
      readonly changes: readonly FieldChange[]
    }

const SENTENCE = 200

/**
 * The schema of an answer, narrowed to the target: the one real container, the fields that may be changed, and for each
 * of them exactly the grounded values. What it parses is a valid patch of that container, or an abstention.
 */
export function answerSchema(container: string, candidates: readonly Candidate[]) {
  const changes = candidates.map(({ change }) => changeSchema(container, change))
  const abstain = z.strictObject({ decision: z.literal('abstain'), reason: z.string().max(SENTENCE) })
  const propose = z.strictObject({
    decision: z.literal('propose'),
    rootCause: z.string().max(SENTENCE),
    risk: z.string().max(SENTENCE),
    changes: z.array(z.union(changes)).min(1).max(candidates.length),
  })
  return z.union([propose, abstain])
}

/**
 * The same schema for the `format` of a request: JSON Schema that llama.cpp turns into a grammar. It refuses
 * `items: false` beside `prefixItems`; minItems and maxItems say the same.
 */
export function answerFormat(schema: ReturnType<typeof answerSchema>): object {
  const { $schema: _, ...format } = z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      if (jsonSchema.items === false) delete jsonSchema.items
    },
  })
  return format
}

/** Reads an answer; undefined for garbage, prose, an extra field, another container or an ungrounded value. */
export function parseAnswer(schema: ReturnType<typeof answerSchema>, text: string): ModelAnswer | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) return undefined
  if (parsed.data.decision === 'abstain') return parsed.data
  const changes = parsed.data.changes.map((change): FieldChange => {
    const { field } = change
    return change.op === 'set' ? { op: 'set', field, value: change.value as Json } : { op: 'remove', field }
  })
  return { ...parsed.data, changes }
}

function changeSchema(container: string, change: FieldChange) {
  const place = { container: z.literal(container), field: z.literal(change.field) }
  return change.op === 'set'
    ? z.strictObject({ op: z.literal('set'), ...place, value: exactly(change.value) })
    : z.strictObject({ op: z.literal('remove'), ...place })
}

/* A schema that only this value satisfies. */
function exactly(value: Json): z.ZodType {
  if (isArray(value)) {
    const [first, ...rest] = value.map(exactly)
    return first === undefined ? z.array(z.never()).max(0) : z.tuple([first, ...rest])
  }
  if (!isObject(value)) return z.literal(value)
  const members = Object.entries(value).flatMap(([key, inner]) =>
    inner === undefined ? [] : [[key, exactly(inner)] as const],
  )
  return z.strictObject(Object.fromEntries(members))
}
