import { isArray, isObject, type Json, ownMember } from '#src/domain/json.ts'
import { readChartArchive } from './helm-archive.ts'

const MAX_ARCHIVES_DEEP = 4
/** What helm knows without asking. */
const DIALECT = /^https?:\/\/json-schema\.org\/(draft-0[467]|draft\/20(19-09|20-12))\/schema#?$/
const KEYWORDS = ['$ref', '$dynamicRef', '$recursiveRef'] as const

/**
 * True when a `values.schema.json` among the files refers to anything but itself. Helm would open the file or the host that
 * it names; such charts are rendered without validation. Archives are looked into.
 */
export function schemaReachesOut(
  files: Iterable<readonly [path: string, content: Uint8Array]>,
  depth = 0,
): boolean {
  for (const [path, content] of files) {
    if (path.endsWith('values.schema.json') && reachesOut(content)) return true
    if (!path.endsWith('.tgz')) continue
    const inside = readChartArchive(content)
    // What we cannot look into is not trusted.
    if (inside === undefined || depth >= MAX_ARCHIVES_DEEP || schemaReachesOut(inside, depth + 1)) return true
  }
  return false
}

function reachesOut(content: Uint8Array): boolean {
  try {
    return refersOut(JSON.parse(new TextDecoder().decode(content)) as Json)
  } catch {
    return true
  }
}

function refersOut(schema: Json): boolean {
  if (isArray(schema)) return schema.some(refersOut)
  if (!isObject(schema)) return false
  for (const keyword of KEYWORDS) {
    const to = ownMember(schema, keyword)
    if (typeof to === 'string' && !to.startsWith('#')) return true
  }
  const dialect = ownMember(schema, '$schema')
  if (typeof dialect === 'string' && !DIALECT.test(dialect)) return true
  return Object.values(schema).some((each) => each !== undefined && refersOut(each))
}
