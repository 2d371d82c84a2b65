import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { digest } from '#src/domain/digest.ts'
import { asOperatorError, OperatorError } from '#src/domain/errors.ts'
import { isKubeObject, type KubeObject } from '#src/domain/kube-object.ts'
import { describeRoot, type Root, rootId } from '#src/domain/root.ts'
import { BoundedCache } from './bounded-cache.ts'
import { type Closure, closureOf } from './kustomize-closure.ts'
import type { Kustomizer } from './kustomize-process.ts'
import type { RepositoryFiles } from './repository-files.ts'
import type { RepositoryReader } from './repository-reader.ts'
import type { Scratch } from './scratch.ts'
import { isUnparsable, parseManifestText } from './yaml-text.ts'

/** The objects that a kustomization renders to, in its order. */
export type Rendered = readonly KubeObject[]

export interface RootRenderer {
  closure(files: RepositoryFiles, root: Root): Promise<Closure>
  /** Throws RenderFailed or RendererMissing. */
  render(files: RepositoryFiles, root: Root): Promise<Rendered>
}

const MEMORY_FOR_RENDERS = 48 * 2 ** 20

/**
 * Builds kustomizations on exactly the files they reach, each in a folder of its own that is removed afterwards. Results,
 * failures too, are kept by what they were made of: a commit that touches none of those files costs no build.
 */
export function rootRenderer(
  reader: RepositoryReader,
  kustomize: Kustomizer,
  scratch: Scratch,
): RootRenderer {
  const closures = new BoundedCache<Closure>(4000)
  const results = new BoundedCache<Rendered | OperatorError>(MEMORY_FOR_RENDERS)
  const running = new Map<string, Promise<Rendered>>()

  async function closure(files: RepositoryFiles, root: Root): Promise<Closure> {
    const { folder } = root
    const key = digest(files.id, rootId(root))
    const known = closures.get(key)
    if (known) return known
    const found = await closureOf(reader, files, folder)
    closures.set(key, found)
    return found
  }

  async function build(
    files: RepositoryFiles,
    found: Closure,
  ): Promise<{ objects: Rendered; weight: number }> {
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
    const parsed = parseManifestText(yaml)
    if (isUnparsable(parsed)) throw new OperatorError('RenderFailed', parsed.error, { object: found.folder })
    const objects = parsed.documents.map(({ json }): unknown => json).filter(isKubeObject)
    return { objects, weight: 200 + 3 * yaml.length }
  }

  async function render(files: RepositoryFiles, root: Root): Promise<Rendered> {
    const found = await closure(files, root)
    const object = `kustomization ${describeRoot(root)}`
    if (found.problem !== undefined) throw new OperatorError('RenderFailed', found.problem, { object })
    const key = digest(
      rootId(root),
      ...[...found.files, ...found.links].flatMap((path) => [path, files.version(path)]),
    )
    const known = results.get(key)
    if (known instanceof OperatorError) throw known
    if (known) return known
    const ongoing =
      running.get(key) ??
      build(files, found).then(
        ({ objects, weight }) => {
          results.set(key, objects, weight)
          return objects
        },
        (cause: unknown) => {
          const error = asOperatorError(cause)
          if (error.code !== 'RenderFailed') throw error
          const named = new OperatorError('RenderFailed', error.message, { object })
          results.set(key, named, 1000)
          throw named
        },
      )
    running.set(key, ongoing)
    return ongoing.finally(() => running.delete(key))
  }

  return { closure, render }
}

async function put(place: string, write: (place: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(place), { recursive: true })
  await write(place)
}
