import type { Json, JsonObject } from '#src/domain/json.ts'
import type { InlineSite, KustomizeOverrides } from '#src/domain/root.ts'
import type { MergedSource } from './argo-context.ts'
import { isTrue, objectsAt, textAt, textMapAt, textsAt } from './reading.ts'
import { joinPath, pathWithin, type TreeIndex } from './tree-index.ts'

/**
 * What an Application adds to a kustomization (ApplicationSourceKustomize). Argo CD edits the folder's file before the
 * build: `commonLabels` reach selectors unless `labelWithoutSelector` is set, `images` replace entries of the same name.
 */
export function argoKustomize(
  merged: MergedSource,
  tree: TreeIndex | undefined,
  folder: string,
): KustomizeOverrides | undefined {
  const { kustomize } = merged
  const labels = textMapAt(kustomize, 'commonLabels')
  const annotations = textMapAt(kustomize, 'commonAnnotations')
  const [namespace, namePrefix, nameSuffix] = ['namespace', 'namePrefix', 'nameSuffix'].map((key) =>
    textAt(kustomize, key),
  )
  const images = textsAt(kustomize, 'images').flatMap(imageEntry)
  const replicas = objectsAt(kustomize, 'replicas').map(replicaEntry)
  const patches = objectsAt(kustomize, 'patches')
  const components = componentsOf(kustomize, tree, folder)
  const withoutSelector = isTrue(kustomize, 'labelWithoutSelector')
  const said = {
    ...(namespace !== undefined && { namespace }),
    ...(namePrefix !== undefined && { namePrefix }),
    ...(nameSuffix !== undefined && { nameSuffix }),
    ...(images.length > 0 && { images }),
    ...(replicas.length > 0 && { replicas }),
    ...(patches.length > 0 && { patches }),
    ...(components.length > 0 && { components }),
    ...(labels && (withoutSelector ? { labels } : { commonLabels: labels })),
    ...(annotations && { commonAnnotations: annotations }),
  }
  const members = Object.keys(said)
  if (members.length === 0) return undefined
  const site = merged.ownSite('kustomize')
  const sites = sitesOf(merged, members)
  return { site, ...(Object.keys(sites).length > 0 && { sites }), ...said }
}

/** The members that do not stand below the site of `kustomize`: those of `.argocd-source.yaml`, and renamed ones. */
function sitesOf(merged: MergedSource, members: readonly string[]): Record<string, InlineSite> {
  const whole = merged.ownSite('kustomize')
  return Object.fromEntries(
    members.flatMap((member) => {
      const site = merged.site(`kustomize.${member === 'labels' ? 'commonLabels' : member}`)
      const expected = site.file === whole.file && site.field === `${whole.field}.${member}`
      return expected ? [] : [[member, site] as const]
    }),
  )
}

/** `NAME=NEW:TAG`, `NAME:TAG`, `NAME@sha256:…` as an entry of a kustomization's `images`. */
export function imageEntry(text: string): readonly JsonObject[] {
  const equals = text.indexOf('=')
  const name = equals < 0 ? undefined : text.slice(0, equals)
  const [, image, tag, digest] = /^(.+?)(?::([^:/@]+))?(?:@([^@]+))?$/s.exec(text.slice(equals + 1)) ?? []
  if (image === undefined || name === '') return []
  return [
    {
      name: name ?? image,
      ...(name !== undefined && name !== image && { newName: image }),
      ...(tag !== undefined && tag !== '*' && { newTag: tag }),
      ...(digest !== undefined && { digest }),
    },
  ]
}

/** `count` may be written as a text. */
function replicaEntry(each: JsonObject): JsonObject {
  const count = each['count']
  return typeof count === 'string' && /^\d{1,9}$/.test(count) ? { ...each, count: Number(count) } : each
}

function componentsOf(
  kustomize: Json | undefined,
  tree: TreeIndex | undefined,
  folder: string,
): readonly string[] {
  const components = textsAt(kustomize, 'components')
  if (!isTrue(kustomize, 'ignoreMissingComponents') || tree === undefined) return components
  return components.filter((component) => {
    const path = pathWithin(folder, component)
    return (
      path !== undefined &&
      ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].some((name) =>
        tree.has(joinPath(path, name)),
      )
    )
  })
}
