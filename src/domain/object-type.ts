import type { FieldPath } from './field-path.ts'
import { isArray, isObject, type Json, type JsonObject, ownMember } from './json.ts'

/** What an API server says a kind looks like: its schema and those that it refers to (OpenAPI v3). */
export interface ObjectType {
  readonly root: JsonObject
  /** `components.schemas`, by name. */
  readonly schemas: JsonObject
}

/** References that lead through more than these are taken for a circle. */
const MOST_REFERENCES = 10

/** The type of a kind in an OpenAPI document of its group and version. */
export function typeOf(schemas: JsonObject, apiVersion: string, kind: string): ObjectType | undefined {
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  const root = Object.values(schemas).find((schema) => {
    const kinds = ownMember(schema, 'x-kubernetes-group-version-kind')
    return (
      isArray(kinds) &&
      kinds
        .filter(isObject)
        .some((each) => each['group'] === group && each['version'] === version && each['kind'] === kind)
    )
  })
  return isObject(root) ? { root, schemas } : undefined
}

/**
 * Whether an object of the type may have the value at the path; undefined stands for a field that is absent. A field
 * that the server does not know may hold nothing, and one that it requires may not be absent.
 */
export function mayHold(type: ObjectType, path: FieldPath, value: Json | undefined): boolean {
  const parent = schemaAt(type, path.slice(0, -1))
  const schema = schemaAt(type, path)
  const last = path.at(-1)
  if (schema === undefined || parent === undefined || last === undefined) return false
  if (value !== undefined) return fits(type, schema, value)
  const required = parent['required']
  return !('member' in last && isArray(required) && required.includes(last.member))
}

function schemaAt(type: ObjectType, path: FieldPath): JsonObject | undefined {
  let here = resolved(type, type.root)
  for (const segment of path) {
    if (here === undefined) return undefined
    if (isFree(here)) return here
    const below =
      'member' in segment
        ? (ownMember(here['properties'], segment.member) ?? here['additionalProperties'])
        : here['items']
    here = isObject(below) ? resolved(type, below) : undefined
  }
  return here
}

function fits(type: ObjectType, given: JsonObject, value: Json): boolean {
  const schema = resolved(type, given)
  if (schema === undefined) return false
  if (value === null) return schema['nullable'] === true
  if (isFree(schema)) return true
  const options = [schema['oneOf'], schema['anyOf']].find(isArray)
  if (options !== undefined) return options.filter(isObject).some((option) => fits(type, option, value))
  if (isArray(schema['enum']) && !schema['enum'].includes(value)) return false
  switch (schema['type']) {
    case 'string':
      return typeof value === 'string'
    case 'boolean':
      return typeof value === 'boolean'
    case 'number':
      return typeof value === 'number'
    case 'integer':
      return Number.isInteger(value)
    case 'array': {
      const { items } = schema
      return isArray(value) && (!isObject(items) || value.every((item) => fits(type, items, item)))
    }
    case 'object':
      return isObject(value) && fitsMembers(type, schema, value)
    default:
      return true
  }
}

function fitsMembers(type: ObjectType, schema: JsonObject, value: JsonObject): boolean {
  const { required, additionalProperties } = schema
  const missing = isArray(required) && required.some((name) => value[String(name)] === undefined)
  if (missing) return false
  return Object.entries(value).every(([name, inner]) => {
    if (inner === undefined) return true
    const own = ownMember(schema['properties'], name) ?? additionalProperties
    return own === true || (isObject(own) && fits(type, own, inner))
  })
}

/* The API server wraps references in an `allOf` of one, to add a description or a default. */
function resolved({ schemas }: ObjectType, given: JsonObject): JsonObject | undefined {
  let schema: JsonObject | undefined = given
  for (let i = 0; i < MOST_REFERENCES && schema !== undefined; i++) {
    const all: Json | undefined = schema['allOf']
    const inner = isArray(all) && all.length === 1 ? all[0] : schema
    const reference = ownMember(inner, '$ref')
    if (typeof reference !== 'string') return isObject(inner) ? inner : undefined
    const name = reference.slice(reference.lastIndexOf('/') + 1)
    const target = ownMember(schemas, name)
    schema = isObject(target) ? target : undefined
  }
  return undefined
}

/* Quantities and ports are numbers or strings; other parts of the server judge them. */
function isFree(schema: JsonObject): boolean {
  return (
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    (schema['type'] === undefined &&
      schema['properties'] === undefined &&
      !isArray(schema['oneOf']) &&
      !isArray(schema['anyOf']))
  )
}
