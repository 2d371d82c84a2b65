import type { FieldChange } from '#src/domain/change.ts'
import { type FieldPath, parseFieldPath, valueAt, withValueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson } from '#src/domain/kube-object.ts'
import type { EditCandidate, KustomizeSources } from '#src/manifests/edit-candidates.ts'
import { objectsOf } from '#src/manifests/target-match.ts'
import { generatorsOf, keyCandidates } from './kustomize-generators.ts'
import { leafChanges } from './kustomize-merge.ts'
import type { Host } from './kustomize-patches.ts'
import { type Known, mayMatch } from './kustomize-selector.ts'

/** A field of another object whose value kustomize copies. */
interface FedBy {
  readonly kind: string
  readonly name: string
  readonly field: FieldPath
}

/** The fields that `replacements:` and `vars:` copy into the field that is to change. */
export function replacementCandidates(
  sources: KustomizeSources,
  hosts: readonly Host[],
  host: Host,
  known: Known,
  change: FieldChange,
): readonly EditCandidate[] {
  const [leaf, second] = leafChanges(known.rendered, change)
  if (leaf?.op !== 'set' || second !== undefined) return []
  const path = parseFieldPath(leaf.field)
  const before = valueAt(asJson(known.rendered), path)
  if (before === undefined || isObject(before) || isArray(before)) return []
  const feeding = [
    ...replacementsOf(sources, host).flatMap((each) => feedsField(each, path)),
    ...variablesOf(sources, host.json),
  ]
  return feeding.flatMap((source) => sourceCandidates(sources, hosts, source, before, leaf.value))
}

function replacementsOf(sources: KustomizeSources, host: Host): readonly JsonObject[] {
  return items(host.json['replacements']).flatMap((each) => {
    const path = isObject(each) ? each['path'] : undefined
    if (typeof path !== 'string') return isObject(each) ? [each] : []
    const file = sources.resolve(path, host.file)
    const documents = sources.others.find((other) => other.file === file)?.documents ?? []
    return documents.flatMap((json) => (isArray(json) ? json : [json])).filter(isObject)
  })
}

/** The source of a replacement that may write the field: one of its paths ends in the same member. */
function feedsField(replacement: JsonObject, path: FieldPath): readonly FedBy[] {
  const last = path.findLast((segment) => 'member' in segment)
  const paths = items(replacement['targets']).flatMap((each) =>
    items(isObject(each) ? each['fieldPaths'] : null),
  )
  const ends = (text: Json) => {
    const end =
      typeof text === 'string' ? dotted(text)?.findLast((segment) => 'member' in segment) : undefined
    return end === undefined || last === undefined || end.member === '*' || end.member === last.member
  }
  return paths.some(ends) ? fedBy(replacement['source'], 'fieldPath') : []
}

/** The variables that some manifest mentions as `$(NAME)`. */
function variablesOf(sources: KustomizeSources, json: JsonObject): readonly FedBy[] {
  return items(json['vars']).flatMap((each) => {
    const { name, objref, fieldref } = isObject(each) ? each : {}
    const mentions = sources.others.some(({ documents }) =>
      JSON.stringify(documents).includes(`$(${String(name)})`),
    )
    if (!mentions || !isObject(objref)) return []
    const field = isObject(fieldref) ? fieldref['fieldpath'] : undefined
    return fedBy({ ...objref, fieldPath: field ?? 'metadata.name' }, 'fieldPath')
  })
}

function fedBy(source: Json | undefined, key: string): readonly FedBy[] {
  if (!isObject(source) || typeof source['kind'] !== 'string') return []
  const text = source[key] ?? 'metadata.name'
  const field = typeof text === 'string' ? dotted(text) : undefined
  const { kind, name } = source
  return field === undefined ? [] : [{ kind, name: typeof name === 'string' ? name : '.*', field }]
}

function sourceCandidates(
  sources: KustomizeSources,
  hosts: readonly Host[],
  { kind, name, field }: FedBy,
  before: Json,
  wanted: Json,
): readonly EditCandidate[] {
  const found: EditCandidate[] = []
  for (const { file, documents } of sources.others) {
    for (const { object, place } of objectsOf(documents)) {
      if (object.kind !== kind || !mayMatch(name, object.metadata.name)) continue
      const value = transferred(valueAt(asJson(object), field), before, wanted)
      if (value === undefined) continue
      const change = (present: Json) => withValueAt(present, field, value)
      found.push({ file, place, change, kind: 'replacement source' })
    }
  }
  const [map, key] = field
  if ((kind === 'ConfigMap' || kind === 'Secret') && map && key && 'member' in key && 'member' in map) {
    for (const host of hosts) {
      for (const generator of generatorsOf(host, kind)) {
        if (!mayMatch(name, String(generator.json['name'])) || map.member !== 'data') continue
        const literal = items(generator.json['literals']).findLast((each) =>
          String(each).startsWith(`${key.member}=`),
        )
        const old = typeof literal === 'string' ? literal.slice(key.member.length + 1) : before
        const value = transferred(old, before, wanted)
        if (typeof value === 'string')
          for (const { candidate, sets } of keyCandidates(sources, host, generator, {
            key: key.member,
            value,
          }))
            if (sets) found.push(candidate)
      }
    }
  }
  return found
}

/** What the source must say so that the field, which holds its value alone or within a longer text, is as wanted. */
export function transferred(source: Json | undefined, before: Json, wanted: Json): Json | undefined {
  if (source === undefined || isObject(source) || isArray(source)) return undefined
  if (String(source) === String(before)) return typeof source === 'string' ? String(wanted) : wanted
  if (typeof source !== 'string' || typeof before !== 'string' || typeof wanted !== 'string') return undefined
  const at = source === '' ? -1 : before.indexOf(source)
  if (at < 0 || before.indexOf(source, at + 1) >= 0) return undefined
  const [head, tail] = [before.slice(0, at), before.slice(at + source.length)]
  return wanted.length > head.length + tail.length && wanted.startsWith(head) && wanted.endsWith(tail)
    ? wanted.slice(head.length, wanted.length - tail.length)
    : undefined
}

/** kustomize's own way to write paths: `spec.containers.[name=web].image`, `data.a\.b`, `args.0`. */
function dotted(text: string): FieldPath | undefined {
  const parts = text.match(/(?:\\.|\[[^\]]*\]|[^.\\])+/g) ?? []
  const path = parts.map((part) => {
    const keyed = /^\[([^=\]]+)=(.*)\]$/.exec(part)
    if (keyed) return { by: keyed[1] ?? '', is: keyed[2] ?? '' }
    return /^\d+$/.test(part) ? { index: Number(part) } : { member: part.replaceAll(/\\(.)/g, '$1') }
  })
  return path.length === 0 ? undefined : path
}

function items(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : []
}
