import type { Json } from '#src/domain/json.ts'
import type { RepositoryFiles } from '#src/manifests/repository-files.ts'
import type { RepositoryReader } from '#src/manifests/repository-reader.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import {
  forbiddenIn,
  inlinePlugins,
  isComponent,
  KUSTOMIZATION_NAMES,
  looksRemote,
  type Reference,
  referencesOf,
} from './kustomization.ts'

/** What one reference of a kustomization leads to in the repository. */
export interface FollowedReference {
  /** Why it cannot be followed. */
  readonly problem: string | undefined
  /** Where it leads; also set for what merely looks remote and exists. */
  readonly path: string | undefined
  readonly kind: 'file' | 'folder'
  readonly links: readonly string[]
  /** Its documents configure plugins, which may name further files. */
  readonly isPlugin: boolean
}

/** One kustomization file of a folder, and one step along each of its references. */
export interface FollowedKustomization {
  /** Why the folder cannot or must not be built; nothing of it is followed then. */
  readonly problem: string | undefined
  /** Absent where there is no such file to read. */
  readonly path: string | undefined
  readonly links: readonly string[]
  readonly isComponent: boolean
  /** Texts in it that configure plugins themselves. */
  readonly inline: readonly string[]
  readonly references: readonly FollowedReference[]
}

const NOTHING = { path: undefined, links: [], isComponent: false, inline: [], references: [] } as const

/** Reads what makes a folder a kustomization, without walking on; kustomize refuses more than one file of it itself. */
export async function readKustomizationFolder(
  reader: RepositoryReader,
  files: RepositoryFiles,
  folder: string,
): Promise<readonly FollowedKustomization[]> {
  const read: FollowedKustomization[] = []
  for (const name of KUSTOMIZATION_NAMES) {
    const place = files.find(name, folder)
    if (place.kind === 'missing') continue
    read.push(
      place.kind === 'file'
        ? await readKustomization(reader, files, folder, place)
        : { ...NOTHING, problem: at(folder, 'its kustomization is no file of the repository') },
    )
  }
  return read.length > 0 ? read : [{ ...NOTHING, problem: at(folder, 'it has no kustomization file') }]
}

async function readKustomization(
  reader: RepositoryReader,
  files: RepositoryFiles,
  folder: string,
  { path, links }: { readonly path: string; readonly links: readonly string[] },
): Promise<FollowedKustomization> {
  const parsed = (await reader.parse(files, [path])).get(path)
  if (parsed === undefined || isUnparsable(parsed))
    return { ...NOTHING, path, links, problem: at(path, parsed?.error ?? 'it cannot be read') }
  const json: Json = parsed[0] ?? {}
  const forbidden = forbiddenIn(json)
  return {
    problem: forbidden && at(path, forbidden),
    path,
    links,
    isComponent: isComponent(json),
    inline: inlinePlugins(json),
    references: referencesOf(json).map((reference) => followReference(files, folder, path, reference)),
  }
}

/** Where a reference that stands in a kustomization file leads, taken from a folder. */
export function followReference(
  files: RepositoryFiles,
  folder: string,
  from: string,
  { path, field, to, isPlugin }: Reference,
): FollowedReference {
  const found = files.find(path, folder)
  const named = () => `${field} names ${JSON.stringify(path.slice(0, 200))}, which`
  const reached = found.kind === 'file' || found.kind === 'folder' ? found : undefined
  const why = looksRemote(path)
    ? `${named()} is remote and is not fetched`
    : found.kind === 'outside'
      ? `${named()} lies outside the repository`
      : found.kind === 'missing'
        ? `${named()} does not exist`
        : found.kind === 'folder' && to === 'file'
          ? `${named()} is a folder`
          : undefined
  return {
    problem: why && at(from, why),
    path: reached?.path,
    kind: reached?.kind ?? 'file',
    links: reached?.links ?? [],
    isPlugin,
  }
}

function at(where: string, why: string): string {
  return `${where || 'the root folder'}: ${why}`
}
