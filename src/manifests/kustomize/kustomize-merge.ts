import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { differences } from '#src/domain/difference.ts'
import {
  type FieldPath,
  formatFieldPath,
  parseFieldPath,
  type Segment,
  valueAt,
  whereItFits,
  withValueAt,
} from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, ownMember } from '#src/domain/json.ts'
import { asJson, groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import type { PatchChange } from './kustomize-json-patch.ts'

/**
 * The members by which strategic merge tells the items of a list, by the list's name (`patchMergeKey` of the API's
 * types). Every other list is replaced as a whole, and so is every list of a custom resource.
 */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  ports: ['containerPort', 'port'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  resourceClaims: ['name'],
  schedulingGates: ['name'],
  secrets: ['name'],
  webhooks: ['name'],
}

const BUILT_IN_GROUPS: ReadonlySet<string> = new Set([
  ...['', 'apps', 'batch', 'autoscaling', 'policy', 'extensions', 'networking.k8s.io', 'storage.k8s.io'],
  ...['rbac.authorization.k8s.io', 'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'node.k8s.io'],
  ...['apiregistration.k8s.io', 'scheduling.k8s.io', 'coordination.k8s.io', 'discovery.k8s.io'],
  ...['certificates.k8s.io', 'events.k8s.io', 'flowcontrol.apiserver.k8s.io', 'resource.k8s.io'],
])

/** True for the API's own kinds, whose lists kustomize merges by key. */
export function isBuiltIn(object: Pick<KubeObject, 'apiVersion'>): boolean {
  return BUILT_IN_GROUPS.has(groupOf(object.apiVersion))
}

/** A change in terms of a strategic merge patch: every list step is told by its merge key. */
interface MergeChange {
  readonly path: FieldPath
  /** Absent: the field goes away. */
  readonly value: Json | undefined
}

/** The smallest changes that one change consists of, in terms of the object as it is rendered. */
export function leafChanges(rendered: KubeObject, change: FieldChange): readonly FieldChange[] {
  if (change.op === 'remove') return [change]
  const path = parseFieldPath(change.field)
  const before = valueAt(asJson(rendered), path)
  if (before === undefined) return [change]
  const leaves = differences(before, change.value, path)
  return leaves.map(({ path: at, after }) =>
    after === undefined
      ? { op: 'remove', field: formatFieldPath(at) }
      : { op: 'set', field: formatFieldPath(at), value: after },
  )
}

/** Ways to make a change in a strategic merge patch, the one that leaves least behind first. */
export function mergePatchChanges(
  patch: Json,
  rendered: KubeObject,
  change: FieldChange,
): readonly PatchChange[] {
  const leaves = leafChanges(rendered, change).map((leaf) => mergeChange(rendered, leaf, patch))
  if (leaves.length === 0 || leaves.some((leaf) => leaf === undefined)) return []
  const merges = leaves.filter((leaf) => leaf !== undefined)
  const sets = merges.some(({ path }) => valueAt(patch, path) !== undefined)
  const unset = merges.some(({ value }) => value === undefined)
  const written: PatchChange = { sets, change: (present) => merged(present, merges) }
  if (!unset) return [written]
  // What the patch set itself falls back to what was there before it; only if that is not enough is it taken away.
  const fallsBack: PatchChange = { sets, change: (present) => dropped(present, merges) }
  return sets ? [fallsBack, written] : [written]
}

/** A strategic merge patch with nothing in it but the change; undefined where no such patch can make it. */
export function newMergePatch(rendered: KubeObject, change: FieldChange, identity: Json): Json | undefined {
  const leaves = leafChanges(rendered, change).map((leaf) => mergeChange(rendered, leaf, {}))
  const merges = leaves.filter((leaf) => leaf !== undefined)
  return merges.length === 0 || merges.length < leaves.length ? undefined : merged(identity, merges)
}

/** Undefined where the change does not fit the object. */
function mergeChange(rendered: KubeObject, change: FieldChange, patch: Json): MergeChange | undefined {
  const object = asJson(rendered)
  const field = parseFieldPath(change.field)
  const path: Segment[] = []
  for (const [i, segment] of field.entries()) {
    if ('member' in segment) {
      path.push(segment)
      continue
    }
    const list = valueAt(object, field.slice(0, i))
    const keyed = isBuiltIn(rendered) ? keyedStep(list, segment, field[i - 1]) : undefined
    if (keyed !== undefined) {
      path.push(keyed)
      continue
    }
    // A list without a key is replaced: the patch takes all of it, unless it holds all of it already.
    const own = valueAt(patch, path)
    const from = isArray(own) ? own : list
    if (from === undefined && change.op === 'remove') return undefined
    const rest = formatFieldPath([{ member: 'list' }, ...field.slice(i)])
    const whole = whereItFits(() => applyChanges({ list: from ?? [] }, [{ ...change, field: rest }]))
    const value = ownMember(whole, 'list')
    return value === undefined ? undefined : { path, value }
  }
  return { path, value: change.op === 'set' ? change.value : undefined }
}

/** The step to an item told by its list's merge key; undefined where the list has none. */
function keyedStep(
  list: Json | undefined,
  segment: Exclude<Segment, { member: string }>,
  above: Segment | undefined,
): Segment | undefined {
  const name = above !== undefined && 'member' in above ? above.member : ''
  const keys = Object.hasOwn(MERGE_KEYS, name) ? (MERGE_KEYS[name] ?? []) : []
  if ('by' in segment && keys.includes(segment.by)) return segment
  const item = valueAt(list, [segment])
  const by = keys.find((key) => ownMember(item, key) !== undefined)
  return by === undefined ? undefined : { by, is: String(ownMember(item, by)) }
}

function merged(patch: Json, changes: readonly MergeChange[]): Json | undefined {
  return whereItFits(() =>
    changes.reduce<Json>((present, { path, value }) => {
      if (value !== undefined) return withValueAt(present, path, value)
      const last = path.at(-1)
      // null takes a member away; a list item goes by a directive beside its key.
      return last === undefined || 'member' in last
        ? withValueAt(present, path, null)
        : withValueAt(withValueAt(present, path, undefined), [...path, { member: '$patch' }], 'delete')
    }, patch),
  )
}

function dropped(patch: Json, changes: readonly MergeChange[]): Json | undefined {
  return whereItFits(() =>
    changes.reduce<Json>(
      (present, { path, value }) =>
        value === undefined ? withoutEmpty(present, path) : withValueAt(present, path, value),
      patch,
    ),
  )
}

/** Removes a field and the maps around it that nothing else is in. */
function withoutEmpty(value: Json, path: FieldPath): Json {
  const after = withValueAt(value, path, undefined)
  const above = path.slice(0, -1)
  const parent = above.length === 0 ? undefined : valueAt(after, above)
  const isEmpty = isObject(parent) ? Object.keys(parent).length === 0 : isArray(parent) && parent.length === 0
  return isEmpty ? withoutEmpty(after, above) : after
}
