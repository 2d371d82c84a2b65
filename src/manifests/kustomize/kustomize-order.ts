import { isArray, isObject, type Json } from '#src/domain/json.ts'
import type { ParsedFile } from '#src/manifests/edit-candidates.ts'
import { folderOf, normalFolder } from '#src/manifests/repository-files.ts'

/**
 * The kustomizations in the order in which their say counts: what a later one does, an earlier one of this list undoes.
 * The root's own first; of those it names, components before resources, and later ones before earlier ones, because
 * kustomize adds resources, then generators, then components, and only then transforms.
 */
export function inOrderOfPrecedence(kustomizations: readonly ParsedFile[]): readonly ParsedFile[] {
  const byFolder = new Map<string, ParsedFile>()
  for (const each of kustomizations) {
    const folder = folderOf(each.file)
    if (!byFolder.has(folder)) byFolder.set(folder, each)
  }
  const ordered = new Set<ParsedFile>()
  const visit = (each: ParsedFile | undefined) => {
    if (each === undefined || ordered.has(each)) return
    ordered.add(each)
    for (const path of inner(each.documents[0])) visit(byFolder.get(joined(folderOf(each.file), path)))
  }
  visit(kustomizations[0])
  // Those reached through links, which this walk does not follow.
  for (const each of kustomizations) ordered.add(each)
  return [...ordered]
}

function inner(json: Json | undefined): readonly string[] {
  const texts = (field: string) => {
    const list = isObject(json) ? json[field] : undefined
    return isArray(list) ? list.filter((each) => typeof each === 'string').toReversed() : []
  }
  return [...texts('components'), ...texts('resources'), ...texts('bases')]
}

function joined(folder: string, path: string): string {
  return normalFolder(folder === '' ? path : `${folder}/${path}`)
}
