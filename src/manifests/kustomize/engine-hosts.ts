import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { isObject } from '#src/domain/json.ts'
import { asJson, groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import type { InlineSite, KustomizeOverrides } from '#src/domain/root.ts'
import type { ParsedFile } from '#src/manifests/edit-candidates.ts'
import { objectsOf } from '#src/manifests/target-match.ts'
import type { Host } from './kustomize-patches.ts'

/** Where an engine's object, in a file of the repository, says what is added to a kustomization. */
export interface EngineHosts {
  /** Its `images`, `patches` and the like: a kustomization's fields in the object's own place. */
  readonly hosts: readonly Host[]
  /** Its variables, and what they are. */
  readonly variables: readonly Host[]
}

/** The places of an engine's overrides among files that hold engines' objects. */
export function engineHosts(files: readonly ParsedFile[], overrides: KustomizeOverrides): EngineHosts {
  const { site, sites } = overrides
  const variables = sites?.['substitute']
  return { hosts: hostsAt(files, site), variables: variables === undefined ? [] : hostsAt(files, variables) }
}

function hostsAt(files: readonly ParsedFile[], site: InlineSite): readonly Host[] {
  if (site.text === true || site.valueAt !== undefined || site.file !== undefined) return []
  const path = parseFieldPath(site.field)
  const at = path.map((segment) =>
    'member' in segment ? segment.member : 'index' in segment ? segment.index : '',
  )
  if (at.includes('')) return []
  return files.flatMap(({ file, documents }) =>
    objectsOf(documents).flatMap(({ object, place }): Host[] => {
      const json = isObjectOf(object, site) ? valueAt(asJson(object), path) : undefined
      return isObject(json) ? [{ file, place: { ...place, at: [...place.at, ...at] }, json }] : []
    }),
  )
}

/** Its namespace may come from a kustomization of its own; proving tells which one is meant. */
function isObjectOf(object: KubeObject, { object: target }: InlineSite): boolean {
  return (
    object.kind === target.kind &&
    groupOf(object.apiVersion) === groupOf(target.apiVersion) &&
    object.metadata.name === target.name
  )
}
