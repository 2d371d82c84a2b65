import { readFile } from 'node:fs/promises'
import { type Document, isScalar, parseDocument } from 'yaml'
import { z } from 'zod'
import { OperatorError } from '#src/domain/errors.ts'

const folder = z.string()
const chart = z.strictObject({
  chart: z.string(),
  values: z.array(z.string()).default([]),
  release: z.string().optional(),
  namespace: z.string().optional(),
})

/** `operator.yaml` beside a state: what the operator's own configuration would say. */
const schema = z.strictObject({
  /** What renders the repository's objects; without it, it is found from the engines' objects or from the tree. */
  roots: z.array(z.union([folder, chart])).default([]),
  /** Tags by image repository; one that is not listed is unknown, not empty. */
  registryTags: z.record(z.string(), z.array(z.string())).default({}),
  policy: z.record(z.string(), z.unknown()).default({}),
})

export type OfflineSettings = z.infer<typeof schema>
export type ConfiguredRoot = OfflineSettings['roots'][number]

export const NO_SETTINGS: OfflineSettings = schema.parse({})

/** ConfigInvalid when the file cannot be read or says something else than settings. */
export async function readOfflineSettings(path: string): Promise<OfflineSettings> {
  const wrong = (why: string, cause?: unknown) =>
    new OperatorError('ConfigInvalid', why, { object: `--config ${path}`, cause })
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw wrong('the file cannot be read', cause)
  })
  // Every scalar as it is written: a tag 1.20 is not the number 1.2.
  const options = { prettyErrors: false, logLevel: 'silent', schema: 'failsafe' } as const
  const document = parseDocument(text, options)
  const [error] = document.errors
  if (error !== undefined) throw wrong(`it is not readable as YAML (${error.code})`)
  const parsed = schema.safeParse(isEmpty(document) ? {} : plain(document, wrong))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw wrong(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'is not understood'}`)
}

/* Under the failsafe schema nothing at all is an empty text. */
function isEmpty({ contents }: Document): boolean {
  return contents === null || (isScalar(contents) && contents.value === '')
}

function plain(document: Document, wrong: (why: string, cause: unknown) => OperatorError): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw wrong('it has an alias without an anchor, or far too many aliases', cause)
  }
}
