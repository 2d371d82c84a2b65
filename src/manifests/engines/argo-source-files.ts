import { isObject, type Json, type JsonObject, ownMember } from '#src/domain/json.ts'
import type { ArgoContext, MergedSource } from './argo-context.ts'
import { joinPath, type TreeIndex } from './tree-index.ts'

/**
 * The source with `.argocd-source.yaml` and then `.argocd-source-INSTANCE.yaml` of its folder merged in as JSON merge
 * patches (Argo CD repo-server, mergeSourceParameters): lists are replaced, null removes, and neither repository, path,
 * revision nor chart can be changed.
 */
export function mergedSource(
  context: ArgoContext,
  tree: TreeIndex | undefined,
  folder: string,
): MergedSource {
  const names = ['.argocd-source.yaml', `.argocd-source-${context.instance}.yaml`]
  const patches = names.flatMap((name) => {
    const file = joinPath(folder, name)
    const json = tree?.json(file)
    return isObject(json) ? [{ file, json }] : []
  })
  const merged = patches.reduce<JsonObject>((source, { json }) => mergePatch(source, json), context.source)
  return {
    helm: given(merged['helm']),
    kustomize: given(merged['kustomize']),
    directory: given(merged['directory']),
    plugin: given(merged['plugin']),
    ownSite: (path) => context.site(`${context.field}.${path}`),
    site(path) {
      const keys = path.replace(/\[.*/s, '').split('.')
      // The last patch that touches the field, or anything above or below it, is where it stands.
      const last = patches.findLast(({ json }) => touches(json, keys))
      const own = context.site(`${context.field}.${path}`)
      return last === undefined ? own : { ...own, field: path, file: last.file }
    },
  }
}

function given(value: Json | undefined): Json | undefined {
  return value === null ? undefined : value
}

function touches(patch: Json, keys: readonly string[]): boolean {
  let here: Json | undefined = patch
  for (const key of keys) {
    if (!isObject(here)) return true
    here = ownMember(here, key)
    if (here === undefined) return false
  }
  return true
}

/** RFC 7396. */
export function mergePatch(value: Json | undefined, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(isObject(value) ? value : {}))
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) merged.delete(key)
    else merged.set(key, isObject(change) ? mergePatch(merged.get(key), change) : change)
  }
  return Object.fromEntries(merged)
}
