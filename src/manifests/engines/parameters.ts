import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'

/** As Argo CD makes a name of a folder's: what DNS does not allow becomes a dash, at most 253 characters. */
export function normalizedName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^-a-z0-9.]/g, '-')
    .slice(0, 253)
    .replace(/^[-.]+|[-.]+$/g, '')
}

/** `{a: {b: 1}, c: [2]}` → `a.b: "1"`, `c.0: "2"`: parameters of templates that are no Go templates. */
export function flattened(value: JsonObject): JsonObject {
  const found = new Map<string, string>()
  const add = (key: string, each: Json | undefined): void => {
    if (isObject(each) || isArray(each))
      for (const [name, inner] of Object.entries(each)) add(key === '' ? name : `${key}.${name}`, inner)
    else if (each !== undefined && each !== null) found.set(key, String(each))
  }
  add('', value)
  return Object.fromEntries(found)
}

/** The parameters that a file or folder of a Git generator gives, in the form that the kind of template wants. */
export function pathParameters(
  path: string,
  file: string | undefined,
  prefix: string | undefined,
  go: boolean,
): JsonObject {
  const segments = path === '' ? ['.'] : path.split('/')
  const basename = segments.at(-1) ?? ''
  const key = prefix === undefined ? 'path' : `${prefix}.path`
  if (go) {
    const facts = {
      path: path === '' ? '.' : path,
      basename,
      basenameNormalized: normalizedName(basename),
      segments,
      ...(file !== undefined && { filename: file, filenameNormalized: normalizedName(file) }),
    }
    return prefix === undefined ? { path: facts } : { [prefix]: { path: facts } }
  }
  return {
    [key]: path === '' ? '.' : path,
    [`${key}.basename`]: basename,
    [`${key}.basenameNormalized`]: normalizedName(basename),
    ...(file !== undefined && {
      [`${key}.filename`]: file,
      [`${key}.filenameNormalized`]: normalizedName(file),
    }),
    ...Object.fromEntries(segments.map((segment, i) => [`${key}[${i}]`, segment])),
  }
}
