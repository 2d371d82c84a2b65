import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import type { KustomizeOverrides, Root } from '#src/domain/root.ts'
import { mapLimit } from '#src/manifests/map-limit.ts'
import type { RootStrategy } from '#src/manifests/render-root.ts'
import { folderOf, type RepositoryFiles } from '#src/manifests/repository-files.ts'
import type { RepositoryReader } from '#src/manifests/repository-reader.ts'
import type { Scratch } from '#src/manifests/scratch.ts'
import { parsedObjects } from '#src/manifests/target-match.ts'
import { aliasBombIn } from '#src/manifests/yaml/alias-bomb.ts'
import { substituteBuilt } from './flux-substitute.ts'
import { KUSTOMIZATION_NAMES } from './kustomization.ts'
import { type Closure, closureOf } from './kustomize-closure.ts'
import {
  leavesKustomization,
  overriddenKustomization,
  plainResources,
  withCommonMetadata,
} from './kustomize-overrides.ts'
import type { Kustomizer } from './kustomize-process.ts'
import { plainClosure } from './plain-root.ts'

const WRITES_AT_ONCE = 8

/**
 * Builds kustomizations, with what an engine adds to them, on exactly the files they reach, each in a folder of its own
 * that is removed afterwards. A plain folder that an engine adds something to becomes a kustomization of its files.
 */
export function kustomizeRoots(
  reader: RepositoryReader,
  kustomize: Kustomizer,
  scratch: Scratch,
): RootStrategy<Closure> {
  return {
    closure: (files, root) =>
      hasKustomization(files, root.folder)
        ? closureOf(reader, files, root.folder, root.overrides?.components)
        : plainClosure(reader, files, root),
    isLasting: (files, { folder }) => hasKustomization(files, folder),
    async build(files, { folder: root, overrides }, found) {
      const contents = new Map(await reader.read(files, found.files))
      const absent = found.files.find((path) => !contents.has(path))
      if (absent !== undefined)
        throw new OperatorError('RenderFailed', 'the file is too large', { object: absent })
      const bomb = aliasBombIn(contents)
      if (bomb !== undefined)
        throw new OperatorError('RenderFailed', 'its aliases multiply without bounds', { object: bomb })
      const yaml = await scratch.use(async (folder) => {
        const tree = join(folder, 'tree')
        await mkdir(tree)
        if (overrides !== undefined) overridden(contents, root, found, overrides)
        for (const inner of new Set([...contents.keys(), ...found.links].map(folderOf)))
          await mkdir(join(tree, inner), { recursive: true })
        await mapLimit([...contents], WRITES_AT_ONCE, ([path, bytes]) => writeFile(join(tree, path), bytes))
        for (const link of found.links) {
          const target = files.linkTarget(link)
          if (target !== undefined) await symlink(target, join(tree, link))
        }
        return kustomize(join(tree, found.folder), folder)
      })
      const built = overrides?.substitute === undefined ? yaml : substituteBuilt(yaml, overrides.substitute)
      const objects = parsedObjects(built, found.folder)
      return {
        objects:
          overrides === undefined ? objects : objects.map((each) => withCommonMetadata(each, overrides)),
        weight: 200 + 3 * yaml.length,
      }
    },
  }
}

export function hasKustomization(files: RepositoryFiles, folder: Root['folder']): boolean {
  return KUSTOMIZATION_NAMES.some((name) => files.find(name, folder).kind !== 'missing')
}

/** Puts what the engine builds in the place of the folder's own kustomization. */
function overridden(
  contents: Map<string, Uint8Array>,
  folder: string,
  found: Closure,
  overrides: KustomizeOverrides,
): void {
  const own = found.kustomizations.find((path) => folderOf(path) === folder)
  if (own !== undefined && leavesKustomization(overrides)) return
  const path = own ?? (folder === '' ? 'kustomization.yaml' : `${folder}/kustomization.yaml`)
  const bytes = own === undefined ? undefined : contents.get(own)
  const text = bytes === undefined ? undefined : new TextDecoder().decode(bytes)
  const written = overriddenKustomization(text, plainResources(found.files, folder), overrides)
  contents.set(path, new TextEncoder().encode(written))
}
