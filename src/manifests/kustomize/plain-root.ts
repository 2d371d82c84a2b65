import { OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { Root } from '#src/domain/root.ts'
import { globMatches } from '#src/manifests/engines/glob.ts'
import type { RootRenderer, RootStrategy } from '#src/manifests/render-root.ts'
import { folderOf, isBelow, type RepositoryFiles } from '#src/manifests/repository-files.ts'
import { kustomizationRoots, plainManifests } from '#src/manifests/repository-map.ts'
import type { RepositoryReader } from '#src/manifests/repository-reader.ts'
import { objectsOf } from '#src/manifests/target-match.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import { type Closure, closureOf } from './kustomize-closure.ts'

/**
 * A folder of plain manifests as the engines take it: Flux reads every manifest below it and builds the kustomizations
 * that it comes upon; Argo CD (`plain` given) reads files alone.
 */
export function plainRoots(reader: RepositoryReader, kustomized: RootRenderer): RootStrategy<Closure> {
  return {
    closure: (files, root) => plainClosure(reader, files, root),
    // A kustomization elsewhere may come to refer to one in the folder.
    isLasting: () => false,
    async build(files, root) {
      const objects: KubeObject[] = []
      for (const [file, documents] of await reader.parse(files, manifestsOf(files, root))) {
        if (isUnparsable(documents))
          throw new OperatorError('RenderFailed', documents.error, { object: file })
        objects.push(...objectsOf(documents).map(({ object }) => object))
      }
      for (const inner of await innerRoots(reader, files, root))
        objects.push(...(await kustomized.render(files, inner)))
      return { objects, weight: 3 * JSON.stringify(objects).length }
    },
  }
}

/** Everything that rendering a plain folder reads: its manifests, and what the kustomizations in it reach. */
export async function plainClosure(
  reader: RepositoryReader,
  files: RepositoryFiles,
  root: Root,
): Promise<Closure> {
  const inner: Closure[] = []
  for (const { folder } of await innerRoots(reader, files, root))
    inner.push(await closureOf(reader, files, folder))
  return {
    folder: root.folder,
    folders: [root.folder, ...inner.flatMap(({ folders }) => folders)],
    kustomizations: inner.flatMap(({ kustomizations }) => kustomizations),
    plugins: inner.flatMap(({ plugins }) => plugins),
    files: [...new Set([...manifestsOf(files, root), ...inner.flatMap((each) => each.files)])].sort(),
    links: [...new Set(inner.flatMap(({ links }) => links))].sort(),
    problem: inner.find(({ problem }) => problem !== undefined)?.problem,
  }
}

async function innerRoots(
  reader: RepositoryReader,
  files: RepositoryFiles,
  { folder, plain }: Root,
): Promise<readonly Root[]> {
  if (plain !== undefined) return []
  return (await kustomizationRoots(reader, files)).filter((root) => isBelow(root.folder, folder))
}

function manifestsOf(files: RepositoryFiles, { folder, plain }: Root): readonly string[] {
  const all = plainManifests(files, folder)
  if (plain === undefined) return all
  const { recurse, include, exclude } = plain
  const below = (path: string) => (folder === '' ? path : path.slice(folder.length + 1))
  return all.filter(
    (path) =>
      (recurse || folderOf(path) === folder) &&
      (include === undefined || globMatches(include, below(path))) &&
      (exclude === undefined || !globMatches(exclude, below(path))),
  )
}
