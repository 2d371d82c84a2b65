import { readdir, readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { ApiTransport } from '#src/cluster/api-transport.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { member } from '#src/domain/kube-object.ts'
import { API_VERSION } from '#src/domain/remediation.ts'
import { type Finding, findingsOf } from './finding.ts'

/** Beside the sources and in the published package alike. */
const FOLDER = new URL('../../../crds/', import.meta.url)
const REMEDY = 'kubectl apply --server-side -f crds/, or upgrade the chart.'

/** Does the API server have our kinds, with every field that this version writes? Reads what anybody may: its OpenAPI. */
export async function checkCrds(
  transport: Pick<ApiTransport, 'json'>,
  folder: URL = FOLDER,
): Promise<readonly Finding[]> {
  const say = findingsOf('CRDs')
  let published: Json
  try {
    const path = `/openapi/v3/apis/${API_VERSION}`
    published = await transport.json({ method: 'GET', path, about: `OpenAPI of ${API_VERSION}` })
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    if (error.code === 'ApiNotFound') return [say.failed(`there are no kinds of ${API_VERSION}`, REMEDY)]
    return [say.failed(`cannot be asked: ${error.message}`, error.remedy)]
  }
  const kinds = Object.values(asObject(member(member(published, 'components'), 'schemas')))
  const shipped = await Promise.all((await crdFiles(folder)).map((file) => readFile(file, 'utf8')))
  return shipped.map((text) => {
    const { kind, schema } = kindIn(parse(text) as Json)
    const there = kinds.find((each) => each !== undefined && isKind(each, kind))
    if (there === undefined) return say.failed(`there is no kind ${kind}`, REMEDY)
    const [first] = lacking(schema, there, kind)
    return first === undefined
      ? say.ok(`${kind} is as this version knows it`)
      : say.failed(`${first} is missing: the definition is of an older version`, REMEDY)
  })
}

async function crdFiles(folder: URL): Promise<readonly URL[]> {
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith('.yaml')).map((name) => new URL(name, folder))
}

function kindIn(crd: Json): { readonly kind: string; readonly schema: Json | undefined } {
  const spec = member(crd, 'spec')
  const versions = member(spec, 'versions')
  const [version] = isArray(versions) ? versions : []
  return {
    kind: String(member(member(spec, 'names'), 'kind')),
    schema: member(member(version, 'schema'), 'openAPIV3Schema'),
  }
}

function isKind(schema: Json, kind: string): boolean {
  const named = member(schema, 'x-kubernetes-group-version-kind')
  return isArray(named) && named.some((each) => member(each, 'kind') === kind)
}

/** Paths of fields that a schema has and another lacks. */
function lacking(wanted: Json | undefined, there: Json | undefined, path: string): readonly string[] {
  const known = asObject(member(there, 'properties'))
  const own = Object.entries(asObject(member(wanted, 'properties'))).flatMap(([name, schema]) => {
    const below = `${path}.${name}`
    // metadata is the API server's own, and published as a reference.
    if (path === path.split('.')[0] && name === 'metadata') return []
    return Object.hasOwn(known, name) ? lacking(schema, known[name], below) : [below]
  })
  const items = member(wanted, 'items')
  return items === undefined ? own : [...own, ...lacking(items, member(there, 'items'), `${path}[]`)]
}

function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}
