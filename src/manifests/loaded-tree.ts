import type { Json } from '#src/domain/json.ts'
import { decodeManifest, isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import type { RepositoryTree } from './engines/engine-source.ts'
import type { RepositoryFiles } from './repository-files.ts'
import type { RepositoryReader } from './repository-reader.ts'

/** Rounds of asking and loading: each may come upon files that the one before did not know of. */
const MAX_ROUNDS = 8

/**
 * Runs a pure function over a tree whose files are read only when it asks for them: it is run again, with what it asked
 * for loaded, until it asks for nothing new. What it asked for is added to `asked`.
 */
export async function loadedTree<Result>(
  reader: RepositoryReader,
  files: RepositoryFiles,
  asked: Set<string>,
  ask: (tree: Omit<RepositoryTree, 'repositoryUrl'>) => Result,
): Promise<Result> {
  const texts = new Map<string, string | undefined>()
  const documents = new Map<string, Json | undefined>()
  const paths = [...files.paths()].sort()
  for (let round = 1; ; round++) {
    const wanted = new Set<string>()
    const result = ask({
      paths: () => paths,
      text(path) {
        if (!texts.has(path)) wanted.add(path)
        return texts.get(path)
      },
      json(path) {
        if (!documents.has(path)) wanted.add(path)
        return documents.get(path)
      },
    })
    if (wanted.size === 0 || round === MAX_ROUNDS) return result
    for (const path of wanted) asked.add(path)
    const contents = await reader.read(files, wanted)
    const parsed = await reader.parse(files, wanted)
    for (const path of wanted) {
      const bytes = contents.get(path)
      const read = parsed.get(path)
      texts.set(path, bytes === undefined ? undefined : decodeManifest(bytes))
      documents.set(path, read === undefined || isUnparsable(read) ? undefined : read[0])
    }
  }
}
