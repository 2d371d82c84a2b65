import type { Json } from '#src/domain/json.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml-text.ts'
import type { RepositoryTree } from './engine-source.ts'

/** A repository whose files take a moment to read. */
export interface ReadableRepository {
  readonly repositoryUrl: string
  readonly paths: readonly string[]
  /** The texts of files; what is absent cannot be read, or is no text. */
  read(paths: readonly string[]): Promise<ReadonlyMap<string, string>>
}

/** What one file says leads to another at most a few times: an ApplicationSet's file, the folder it names, its chart. */
const MOST_ROUNDS = 6

/**
 * Computes something from repositories and reads only the files that it turns out to need: it is computed again with
 * them until it asks for no more. `compute` must be pure. After a few rounds what is still unread counts as absent.
 */
export async function readOnDemand<T>(
  repositories: readonly ReadableRepository[],
  compute: (trees: readonly RepositoryTree[]) => T,
): Promise<T> {
  const open = repositories.map(demanding)
  for (let round = 1; ; round++) {
    const result = compute(open.map(({ tree }) => tree))
    const wanting = open.filter(({ wanted }) => wanted.size > 0)
    if (wanting.length === 0 || round === MOST_ROUNDS) return result
    await Promise.all(wanting.map((each) => each.fetch()))
  }
}

interface Demanding {
  readonly tree: RepositoryTree
  /** Files that were asked for and not read yet. */
  readonly wanted: ReadonlySet<string>
  fetch(): Promise<void>
}

function demanding(repository: ReadableRepository): Demanding {
  const wanted = new Set<string>()
  const texts = new Map<string, string | undefined>()
  const parsed = new Map<string, Json | undefined>()
  const text = (path: string) => {
    if (!texts.has(path)) wanted.add(path)
    return texts.get(path)
  }
  return {
    wanted,
    tree: {
      repositoryUrl: repository.repositoryUrl,
      paths: () => repository.paths,
      text,
      json(path) {
        const content = text(path)
        if (content !== undefined && !parsed.has(path)) parsed.set(path, firstDocument(content))
        return parsed.get(path)
      },
    },
    async fetch() {
      const paths = [...wanted]
      wanted.clear()
      const found = await repository.read(paths)
      for (const path of paths) texts.set(path, found.get(path))
    },
  }
}

function firstDocument(text: string): Json | undefined {
  const parsed = parseManifestText(text)
  return isUnparsable(parsed) ? undefined : parsed.documents[0]?.json
}
