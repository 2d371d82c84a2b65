import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import { type Closure, closureOf } from './kustomize-closure.ts'
import type { Kustomizer } from './kustomize-process.ts'
import type { RootStrategy } from './render-root.ts'
import type { RepositoryReader } from './repository-reader.ts'
import type { Scratch } from './scratch.ts'
import { parsedObjects } from './target-match.ts'

/** Builds kustomizations on exactly the files they reach, each in a folder of its own that is removed afterwards. */
export function kustomizeRoots(
  reader: RepositoryReader,
  kustomize: Kustomizer,
  scratch: Scratch,
): RootStrategy<Closure> {
  return {
    closure: (files, { folder }) => closureOf(reader, files, folder),
    async build(files, _root, found) {
      const contents = await reader.read(files, found.files)
      const absent = found.files.find((path) => !contents.has(path))
      if (absent !== undefined)
        throw new OperatorError('RenderFailed', 'the file is too large', { object: absent })
      const yaml = await scratch.use(async (folder) => {
        const tree = join(folder, 'tree')
        await mkdir(tree)
        for (const [path, bytes] of contents) await put(join(tree, path), (place) => writeFile(place, bytes))
        for (const link of found.links) {
          const target = files.linkTarget(link)
          if (target !== undefined) await put(join(tree, link), (place) => symlink(target, place))
        }
        return kustomize(join(tree, found.folder), folder)
      })
      return { objects: parsedObjects(yaml, found.folder), weight: 200 + 3 * yaml.length }
    },
  }
}

async function put(place: string, write: (place: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(place), { recursive: true })
  await write(place)
}
