import { OperatorError } from '#src/domain/errors.ts'
import { isObject, type Json } from '#src/domain/json.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'
import { evaluate, SubstitutionError, type Variables } from './flux-expression.ts'
import { transferred } from './kustomize-replacements.ts'

export interface SubstituteOptions {
  /** An undefined variable without a default is an error; else it is empty. Flux's own default since 2.8. */
  readonly strict?: boolean
}

const MARK = 'kustomize.toolkit.fluxcd.io/substitute'
const VARIABLE_NAME = /^[_A-Za-z][_A-Za-z0-9]*$/

/**
 * What Flux makes of built YAML after `postBuild.substitute`: `${NAME}` replaced in the text of each object, which is
 * then read as YAML again, so that `${COUNT}` may become a number. Objects that say `substitute: disabled` are left as
 * they are, and so is everything when there are no variables (fluxcd/pkg kustomize, `SubstituteVariables`).
 * RenderFailed.
 */
export function substituteBuilt(yaml: string, given: Variables, options: SubstituteOptions = {}): string {
  if (Object.keys(given).length === 0) return yaml
  const variables = checked(given)
  return yaml
    .split(/^---\n/m)
    .map((document) => (document.trim() === '' ? document : substituted(document, variables, options)))
    .join('---\n')
}

function substituted(document: string, variables: Variables, { strict = true }: SubstituteOptions): string {
  if (!document.includes('$')) return document
  const before = parseManifestText(document)
  const json = isUnparsable(before) ? undefined : before.documents[0]?.json
  if (isDisabled(json)) return document
  const object = nameOf(json)
  try {
    const text = evaluate(document, variables, strict)
    const after = parseManifestText(text)
    if (isUnparsable(after))
      throw new OperatorError('RenderFailed', `after variable substitution it is no YAML: ${after.error}`, {
        object,
      })
    if (after.documents.length !== 1)
      throw new OperatorError('RenderFailed', 'variable substitution makes several objects of it', { object })
    return text
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error
    throw new OperatorError('RenderFailed', error.message, { object })
  }
}

/** Flux takes line ends out of values. */
function checked(given: Variables): Variables {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (!VARIABLE_NAME.test(name))
        throw new OperatorError('RenderFailed', `${JSON.stringify(name)} is no name of a variable`)
      return [name, value.replaceAll('\n', '')]
    }),
  )
}

function isDisabled(json: Json | undefined): boolean {
  const metadata = isObject(json) ? json['metadata'] : undefined
  if (!isObject(metadata)) return false
  return [metadata['labels'], metadata['annotations']].some(
    (each) => isObject(each) && each[MARK] === 'disabled',
  )
}

function nameOf(json: Json | undefined): string {
  const metadata = isObject(json) ? json['metadata'] : undefined
  if (!isObject(json) || !isObject(metadata)) return 'an object'
  return `${String(json['kind'])} ${String(metadata['name'])}`
}

/** Where the wanted value of a field has to come from whose text holds variables. */
export type VariableSource =
  /** The variable gets another value, for every text that uses it. */
  | { readonly kind: 'variable'; readonly name: string; readonly value: string }
  /** No variable is set: the text itself says the value, in a default. */
  | { readonly kind: 'text'; readonly text: string }

/**
 * The ways to make a text with variables evaluate to another value, checked by evaluating: another value for one of the
 * variables that are set, or another default in the text.
 */
export function variableSources(text: string, given: Variables, wanted: Json): readonly VariableSource[] {
  const before = attempt(text, given)
  if (before === undefined || before === text) return []
  const found: VariableSource[] = []
  for (const [, name = '', , fallback] of text.matchAll(
    /(?<!\$)\$\{([_A-Za-z]\w*)(:?[-=]([^{}$]*))?[^{}]*\}/g,
  )) {
    const own = Object.hasOwn(given, name) ? given[name] : undefined
    if (own !== undefined && own !== '') {
      const value = transferred(own, before, String(wanted))
      if (typeof value === 'string' && attempt(text, { ...given, [name]: value }) === String(wanted))
        found.push({ kind: 'variable', name, value })
    } else if (fallback !== undefined) {
      const value = transferred(fallback, before, String(wanted))
      const changed = typeof value === 'string' ? withDefault(text, name, fallback, value) : undefined
      if (changed !== undefined && attempt(changed, given) === String(wanted))
        found.push({ kind: 'text', text: changed })
    }
  }
  return found
}

function withDefault(text: string, name: string, fallback: string, value: string): string | undefined {
  for (const operator of [':=', ':-', '=']) {
    const old = `\${${name}${operator}${fallback}}`
    if (text.includes(old)) return text.replace(old, () => `\${${name}${operator}${value}}`)
  }
  return undefined
}

function attempt(text: string, variables: Variables): string | undefined {
  try {
    return evaluate(text, variables, true)
  } catch (error) {
    if (error instanceof SubstitutionError) return undefined
    throw error
  }
}
