import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { configSchema } from './config-schema.ts'
import { formatKey, type Problem } from './problem.ts'
import { unwrap } from './settings.ts'

type Where = (path: readonly PropertyKey[]) => string | undefined

/** The schema's complaints, one problem per key, with what was expected and what kind of value stands there. */
export function schemaProblems(
  issues: readonly z.core.$ZodIssue[],
  settings: JsonObject,
  where: Where,
): readonly Problem[] {
  return issues.flatMap((issue): readonly Problem[] => {
    if (issue.code !== 'unrecognized_keys') {
      const { path } = issue
      const message = `${sentence(issue.message)}${found(at(settings, path))}`
      return [{ key: formatKey(path), where: where(path), message }]
    }
    const known = keysAt(issue.path, settings)
    return issue.keys.map((key) => ({
      key: formatKey([...issue.path, key]),
      where: where([...issue.path, key]),
      message: `unknown key; ${suggestion(key, known)}`,
    }))
  })
}

function sentence(message: string): string {
  return /^(?:expected|has|is) /.test(message) ? message : `expected ${message}`
}

/** The kind of value, never the value. */
function found(value: Json | undefined): string {
  if (value === undefined) return ', and it is missing'
  if (value === null) return ', found nothing'
  if (typeof value === 'object') return Array.isArray(value) ? ', found a list' : ', found a mapping'
  return typeof value === 'string' ? ', found another text' : `, found a ${typeof value}`
}

/** The value at a path; a text where a mapping could stand too (`paths: [apps]`) is the value of what is inside. */
function at(settings: JsonObject, path: readonly PropertyKey[]): Json | undefined {
  let here: Json | undefined = settings
  for (const step of path) {
    if (typeof here === 'string') return here
    if (isArray(here)) here = here[Number(step)]
    else here = isObject(here) && Object.hasOwn(here, step) ? here[String(step)] : undefined
  }
  return here
}

function suggestion(key: string, known: readonly string[]): string {
  const near = known
    .map((name) => ({ name, edits: distance(name.toLowerCase(), key.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)[0]
  return near !== undefined && near.edits <= Math.max(2, key.length / 3)
    ? `did you mean ${near.name}?`
    : `known here: ${known.join(', ')}`
}

/** The keys that the schema knows at a path of the settings. */
function keysAt(path: readonly PropertyKey[], settings: JsonObject): readonly string[] {
  let schema: z.core.$ZodType = configSchema
  for (const [depth, step] of path.entries()) {
    const next: z.core.$ZodType | undefined = below(schema, step)
    if (next === undefined) return []
    schema = chosen(next, at(settings, path.slice(0, depth + 1)))
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

function below(schema: z.core.$ZodType, step: PropertyKey): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(step)]
  return schema instanceof z.ZodArray ? schema.element : undefined
}

/** What a wrapper, a pipe or a union stands for, given the value it is about. */
function chosen(schema: z.core.$ZodType, value: Json | undefined): z.core.$ZodType {
  const { inner } = unwrap(schema)
  if (inner instanceof z.ZodPipe) return chosen(inner.out as z.core.$ZodType, value)
  if (inner instanceof z.ZodDiscriminatedUnion) {
    const type = isObject(value) ? value['type'] : undefined
    const option = inner.options.find(
      (candidate) => candidate instanceof z.ZodObject && candidate.shape['type']?.safeParse(type).success,
    )
    return option ?? inner
  }
  return inner
}
