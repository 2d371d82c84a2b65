import { readFile } from 'node:fs/promises'
import { isMap, isScalar, parseAllDocuments } from 'yaml'
import { OperatorError } from '#src/domain/errors.ts'
import { isArray, isObject } from '#src/domain/json.ts'
import { milliseconds, rfc3339 } from '#src/domain/time.ts'

/**
 * The objects of files as `kubectl get … -o yaml` (or `-o json`) prints them: any number of documents, lists among them.
 * ConfigInvalid when a file cannot be read, or holds something that is no object.
 */
export async function readStateFiles(paths: readonly string[]): Promise<readonly unknown[]> {
  const files = await Promise.all(paths.map(async (path) => objectsIn(path, await textOf(path))))
  return files.flat()
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new OperatorError('ConfigInvalid', 'the file cannot be read', { object: `--state ${path}`, cause })
  }
}

function objectsIn(path: string, text: string): readonly unknown[] {
  const documents = parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent', uniqueKeys: false })
  if ('empty' in documents) return []
  return documents.flatMap((document, i) => {
    const wrong = (why: string) =>
      new OperatorError('ConfigInvalid', why, { object: `--state ${path}, document ${i + 1}` })
    const [error] = document.errors
    if (error !== undefined) throw wrong(`it is not readable as YAML (${error.code})`)
    const { contents } = document
    if (contents === null || (isScalar(contents) && contents.value === null)) return []
    if (!isMap(contents)) throw wrong('it is no Kubernetes object')
    try {
      return [document.toJS({ maxAliasCount: 100 })]
    } catch {
      throw wrong('it has an alias without an anchor, or far too many aliases')
    }
  })
}

/**
 * The newest time that stands anywhere in the objects: when the state was taken, as far as it tells. RFC 3339 texts of
 * Kubernetes' own fields only, so a time in a log line or an annotation does not count.
 */
export function newestTime(objects: readonly unknown[]): number | undefined {
  let newest: number | undefined
  const walk = (value: unknown, key: string): void => {
    if (isArray(value)) for (const item of value) walk(item, key)
    else if (isObject(value)) {
      for (const [name, item] of Object.entries(value)) if (!FREE_TEXT.has(name)) walk(item, name)
    } else if (typeof value === 'string' && TIME_FIELD.test(key) && RFC3339.test(value)) {
      const time = milliseconds(value)
      if (time !== undefined && (newest === undefined || time > newest)) newest = time
    }
  }
  walk(objects, '')
  return newest
}

const FREE_TEXT: ReadonlySet<string> = new Set(['annotations', 'labels', 'data', 'env'])
const TIME_FIELD = /(^time$|Time(stamp)?$|At$)/
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/

/** Milliseconds since the epoch of an RFC 3339 argument. ConfigInvalid for anything else. */
export function timeArgument(text: string, object: string): number {
  const time = RFC3339.test(text) ? milliseconds(text) : undefined
  if (time === undefined)
    throw new OperatorError('ConfigInvalid', `write it in RFC 3339, such as ${rfc3339(0)}`, { object })
  return time
}
