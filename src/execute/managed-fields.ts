import { isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import type { KubeObject, ManagedFieldsEntry } from '#src/domain/kube-object.ts'
import { type Step, type Steps, startsWith } from './field-steps.ts'

/** One entry of metadata.managedFields by name: the same manager with another operation is another owner. */
export interface Owner {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  /** '' for the object itself. */
  readonly subresource: string
}

/** One field that an apply without force may not change, as the API server's 409 names it. */
export interface FieldConflict {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly subresource: string
  /** `.spec.template.spec.containers[name="web"].image`; for people, it cannot be parsed back safely. */
  readonly field: string
}

/**
 * The fields of a fieldsV1 tree, the ends of its branches only. `.` (the list or map itself) counts where nothing lies
 * below it. Source: sigs.k8s.io/structured-merge-diff, fieldpath/serialize-pe.go.
 */
export function ownedFields(fieldsV1: JsonObject, at: Steps = []): readonly Steps[] {
  const below = Object.entries(fieldsV1).filter(([key]) => key !== '.')
  if (below.length === 0) return at.length === 0 ? [] : [at]
  return below.flatMap(([key, child]) => {
    const step = parseStep(key)
    return step === undefined ? [] : ownedFields(isObject(child) ? child : {}, [...at, step])
  })
}

/** The inverse of `ownedFields`, as the API server would write it. */
export function fieldsV1Of(fields: readonly Steps[]): JsonObject {
  const tree: Record<string, JsonObject> = {}
  for (const [first, ...rest] of fields) {
    if (first === undefined) continue
    const key = formatStep(first)
    if (tree[key] !== undefined) continue
    const same = fields.filter(([step]) => step !== undefined && formatStep(step) === key)
    const below = fieldsV1Of(same.map((field) => field.slice(1)))
    tree[key] = 'keys' in first && rest.length > 0 ? { '.': {}, ...below } : below
  }
  return tree
}

function parseStep(key: string): Step | undefined {
  const text = key.slice(2)
  if (key.startsWith('f:')) return { member: text }
  if (key.startsWith('i:')) return { index: Number(text) }
  if (key.startsWith('v:')) return { value: JSON.parse(text) as Json }
  if (key.startsWith('k:')) return { keys: JSON.parse(text) as JsonObject }
  return undefined
}

function formatStep(step: Step): string {
  if ('member' in step) return `f:${step.member}`
  if ('index' in step) return `i:${step.index}`
  if ('value' in step) return `v:${JSON.stringify(step.value)}`
  const sorted = Object.fromEntries(Object.entries(step.keys).sort(([a], [b]) => (a < b ? -1 : 1)))
  return `k:${JSON.stringify(sorted)}`
}

/** Everything a manager owns on an object, as fields. */
export function fieldsOwnedBy(object: KubeObject, owner: Owner): readonly Steps[] {
  return entriesOf(object)
    .filter((entry) => sameOwner(ownerOf(entry), owner))
    .flatMap((entry) => ownedFields(entry.fieldsV1 ?? {}))
}

/** Everybody who owns the field or something below it. A field within an atomic list or map has the owners of that. */
export function ownersOf(object: KubeObject, field: Steps): readonly Owner[] {
  return entriesOf(object)
    .filter((entry) => ownedFields(entry.fieldsV1 ?? {}).some((owned) => startsWith(owned, field)))
    .map(ownerOf)
}

function entriesOf(object: KubeObject): readonly ManagedFieldsEntry[] {
  return object.metadata.managedFields ?? []
}

function ownerOf(entry: ManagedFieldsEntry): Owner {
  return { manager: entry.manager, operation: entry.operation, subresource: entry.subresource ?? '' }
}

function sameOwner(a: Owner, b: Owner): boolean {
  return a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource
}

/**
 * The field conflicts in a metav1.Status of code 409; none for any other refusal, a stale resourceVersion among them.
 * Source of the sentence: k8s.io/apimachinery, util/managedfields/internal/conflict.go, where the names are Go-quoted.
 * An Apply conflict names no version, an Update conflict does.
 */
export function conflictsOf(status: JsonObject): readonly FieldConflict[] {
  const details = status['details']
  const causes = isObject(details) && Array.isArray(details['causes']) ? details['causes'] : []
  return causes
    .filter((cause) => isObject(cause) && cause['reason'] === 'FieldManagerConflict')
    .map((cause) => ({ ...managerOf(String(cause['message'] ?? '')), field: String(cause['field'] ?? '') }))
}

const CONFLICT =
  /^conflict with ("(?:[^"\\]|\\.)*")(?: with subresource ("(?:[^"\\]|\\.)*"))?( using \S+(?: at \S+)?)?$/

function managerOf(sentence: string): Owner {
  const [, manager, subresource, update] = CONFLICT.exec(sentence) ?? []
  return {
    manager: manager === undefined ? sentence : unquote(manager),
    operation: update === undefined ? 'Apply' : 'Update',
    subresource: subresource === undefined ? '' : unquote(subresource),
  }
}

/** Go's %q equals JSON for all but control characters; what does not parse stays as it stands. */
function unquote(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}
