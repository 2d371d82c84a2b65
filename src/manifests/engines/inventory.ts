import type { Json } from '#src/domain/json.ts'
import { asJson, groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { at, isTrue, objectsAt, textAt } from './reading.ts'

/** One object that an engine says it applied. */
export interface InventoryEntry {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Argo CD: no longer in Git, to be deleted. */
  readonly pruned: boolean
}

/**
 * What an engine's object says it applied: Application `status.resources`, Kustomization and HelmRelease
 * `status.inventory.entries`. Undefined where it keeps no such list (never synced, or a version without one).
 */
export function inventoryOf(object: KubeObject): readonly InventoryEntry[] | undefined {
  const { status } = asJson(object)
  if (object.kind === 'Application') {
    return at(status, 'resources') === undefined
      ? undefined
      : objectsAt(status, 'resources').flatMap(argoEntry)
  }
  if (at(status, 'inventory') === undefined) return undefined
  return objectsAt(status, 'inventory', 'entries').flatMap((entry) => {
    const read = fluxEntry(textAt(entry, 'id') ?? '')
    return read === undefined ? [] : [read]
  })
}

function argoEntry(entry: Json): readonly InventoryEntry[] {
  const [kind, name] = [textAt(entry, 'kind'), textAt(entry, 'name')]
  if (kind === undefined || name === undefined) return []
  const [group, namespace] = [textAt(entry, 'group') ?? '', textAt(entry, 'namespace') ?? '']
  return [{ group, kind, namespace, name, pruned: isTrue(entry, 'requiresPruning') }]
}

/** `NAMESPACE_NAME_GROUP_KIND`; a colon in a name (RBAC) is written as two underscores (cli-utils, ObjMetadata). */
function fluxEntry(id: string): InventoryEntry | undefined {
  const [, namespace, name, group, kind] = /^([^_]*)_(.+)_([^_]*)_([^_]+)$/s.exec(id) ?? []
  if (name === undefined || kind === undefined) return undefined
  return {
    namespace: namespace ?? '',
    name: name.replaceAll('__', ':'),
    group: group ?? '',
    kind,
    pruned: false,
  }
}

export function entryOf(entries: readonly InventoryEntry[], target: TargetRef): InventoryEntry | undefined {
  return entries.find(
    ({ group, kind, namespace, name }) =>
      kind === target.kind &&
      name === target.name &&
      namespace === target.namespace &&
      group === groupOf(target.apiVersion),
  )
}
