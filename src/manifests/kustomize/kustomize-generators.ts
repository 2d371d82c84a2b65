import { posix } from 'node:path'
import type { FieldChange } from '#src/domain/change.ts'
import { parseFieldPath, valueAt, withValueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import type { EditCandidate, KustomizeSources } from '#src/manifests/edit-candidates.ts'
import type { Host } from './kustomize-patches.ts'
import type { Known } from './kustomize-selector.ts'

/** One key of generated data, and the text that it is to hold; undefined takes it out. */
export interface KeyChange {
  readonly key: string
  readonly value: string | undefined
}

interface Generator {
  readonly json: JsonObject
  /** In the host. */
  readonly at: readonly (string | number)[]
}

export interface GeneratorCandidate {
  readonly candidate: EditCandidate
  /** True when the key comes from there now. */
  readonly sets: boolean
}

/** Literals, lines of env files, whole files and options of the generators that make a ConfigMap or Secret. */
export function generatorCandidates(
  sources: KustomizeSources,
  host: Host,
  { rendered }: Known,
  change: FieldChange,
): readonly GeneratorCandidate[] {
  if (rendered.kind !== 'ConfigMap' && rendered.kind !== 'Secret') return []
  const keyed = keyChange(rendered.kind, change)
  return generatorsOf(host, rendered.kind)
    .filter(({ json }) => rendered.metadata.name.includes(String(json['name'])))
    .flatMap((generator) => [
      ...(keyed === undefined ? [] : keyCandidates(sources, host, generator, keyed)),
      ...optionCandidates(host, generator, change),
    ])
}

/** The generators of one kind in a kustomization, or the host itself where it configures one; the last first. */
export function generatorsOf({ json }: Host, kind: 'ConfigMap' | 'Secret'): readonly Generator[] {
  const field = kind === 'ConfigMap' ? 'configMapGenerator' : 'secretGenerator'
  const list = json[field]
  const found = (isArray(list) ? list : []).flatMap((each, i): Generator[] =>
    isObject(each) ? [{ json: each, at: [field, i] }] : [],
  )
  if (json['kind'] === `${kind}Generator`) {
    const metadata = json['metadata']
    found.push({ json: { name: isObject(metadata) ? metadata['name'] : undefined, ...json }, at: [] })
  }
  return found.toReversed()
}

/** Secrets show their values in base64. */
function keyChange(kind: string, change: FieldChange): KeyChange | undefined {
  const [map, key, rest] = parseFieldPath(change.field)
  if (map === undefined || key === undefined || rest !== undefined) return undefined
  if (!('member' in map) || map.member !== 'data' || !('member' in key)) return undefined
  if (change.op === 'remove') return { key: key.member, value: undefined }
  if (typeof change.value !== 'string') return undefined
  if (kind === 'ConfigMap') return { key: key.member, value: change.value }
  const bytes = Buffer.from(change.value, 'base64')
  const value = bytes.toString('utf8')
  return Buffer.from(value, 'utf8').equals(bytes) ? { key: key.member, value } : undefined
}

export function keyCandidates(
  sources: KustomizeSources,
  host: Host,
  generator: Generator,
  change: KeyChange,
): readonly GeneratorCandidate[] {
  const place = { ...host.place, at: [...host.place.at, ...generator.at] }
  const inHost = (edit: (present: JsonObject) => Json | undefined): EditCandidate => ({
    file: host.file,
    place,
    change: (present) => (isObject(present) ? edit(present) : undefined),
    kind: 'generator',
  })
  const literals = texts(generator.json['literals'])
  const literal = literals.findLastIndex((each) => keyOf(each) === change.key)
  const found: GeneratorCandidate[] = []
  if (literal >= 0)
    found.push({ sets: true, candidate: inHost((present) => withLiteral(present, literal, change)) })
  for (const [i, each] of texts(generator.json['files']).entries()) {
    const [key, path] = each.includes('=')
      ? [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]
      : [posix.basename(each), each]
    const file = key === change.key ? sources.resolve(path, host.file) : undefined
    if (file === undefined) continue
    const { value } = change
    const candidate =
      value === undefined
        ? inHost((present) => withoutItem(present, 'files', i))
        : { ...textCandidate(file), changeText: () => value }
    found.push({ sets: true, candidate })
  }
  for (const path of [
    ...texts(generator.json['envs']),
    ...texts([generator.json['env'] ?? null]),
  ].toReversed()) {
    const file = sources.resolve(path, host.file)
    if (file === undefined) continue
    const candidate = {
      ...textCandidate(file),
      changeText: (text: string) => withEnvLine(text, change, false),
    }
    found.push({ sets: true, candidate })
    const adding = { ...candidate, changeText: (text: string) => withEnvLine(text, change, true) }
    if (literals.length === 0) found.push({ sets: false, candidate: adding })
  }
  if (literals.length > 0 && literal < 0 && change.value !== undefined) {
    const text = `${change.key}=${quotedLiteral(change.value)}`
    const candidate = inHost((present) => ({ ...present, literals: [...texts(present['literals']), text] }))
    found.push({ sets: false, candidate })
  }
  return found
}

function textCandidate(file: string): EditCandidate {
  return { file, place: { document: 0, at: [] }, change: () => undefined, kind: 'generator' }
}

function withLiteral(present: JsonObject, index: number, { key, value }: KeyChange): Json | undefined {
  const list = present['literals']
  if (!isArray(list)) return undefined
  if (value === undefined) return withoutItem(present, 'literals', index)
  const old = String(list[index])
  const quote = /^["']/.exec(old.slice(old.indexOf('=') + 1))?.[0]
  const text = quote === undefined || value.includes(quote) ? quotedLiteral(value) : quote + value + quote
  return { ...present, literals: list.with(index, `${key}=${text}`) }
}

function withoutItem(present: JsonObject, field: string, index: number): Json | undefined {
  const { [field]: list, ...rest } = present
  if (!isArray(list)) return undefined
  return list.length > 1 ? { ...rest, [field]: list.toSpliced(index, 1) } : rest
}

/** kustomize takes one pair of quotes off a literal's value; a value that has some gets another pair. */
function quotedLiteral(value: string): string {
  if (!/^["']|["']$/.test(value)) return value
  return value.includes("'") ? `"${value}"` : `'${value}'`
}

/** The last line of an env file that gives the key, changed or taken out; or a new one at the end. */
function withEnvLine(text: string, { key, value }: KeyChange, adds: boolean): string | undefined {
  if (value !== undefined && /[\r\n]/.test(value)) return undefined
  const lines = text.split('\n')
  const index = lines.findLastIndex((line) => /^\s*([^#\s=][^=]*)=/.exec(line)?.[1] === key)
  if (index >= 0 && !adds) {
    if (value === undefined) return lines.toSpliced(index, 1).join('\n')
    const ending = lines[index]?.endsWith('\r') === true ? '\r' : ''
    return lines.with(index, `${key}=${value}${ending}`).join('\n')
  }
  if (index >= 0 || !adds || value === undefined) return undefined
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  return `${text}${text === '' || text.endsWith('\n') ? '' : lineEnd}${key}=${value}${lineEnd}`
}

/** `options.labels` and `options.annotations` of one generator. */
function optionCandidates(
  host: Host,
  generator: Generator,
  change: FieldChange,
): readonly GeneratorCandidate[] {
  const [metadata, ...rest] = parseFieldPath(change.field)
  if (metadata === undefined || !('member' in metadata) || metadata.member !== 'metadata') return []
  const path = [{ member: 'options' }, ...rest]
  if (valueAt(generator.json, path) === undefined) return []
  const candidate: EditCandidate = {
    file: host.file,
    place: { ...host.place, at: [...host.place.at, ...generator.at] },
    change: (present) => withValueAt(present, path, change.op === 'set' ? change.value : undefined),
    kind: 'generator',
  }
  return [{ sets: true, candidate }]
}

/** The key of `key=value`. */
function keyOf(literal: string): string {
  return literal.slice(0, Math.max(literal.indexOf('='), 0))
}

function texts(value: Json | undefined): readonly string[] {
  return isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
