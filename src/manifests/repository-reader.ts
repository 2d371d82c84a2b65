import type { Json } from '#src/domain/json.ts'
import { BLOB_LIMIT, type GitObjects } from '#src/manifests/git/git-objects.ts'
import type { KustomizationGraph } from '#src/manifests/kustomize/kustomization-graph.ts'
import {
  decodeManifest,
  isUnparsable,
  parseManifestText,
  type Unparsable,
} from '#src/manifests/yaml/yaml-text.ts'
import { BoundedCache } from '#src/runtime/bounded-cache.ts'
import { breathe } from './breathe.ts'
import { type ManifestFacts, manifestFacts, UNREADABLE } from './manifest-facts.ts'
import { RepositoryFiles } from './repository-files.ts'

/** Reads the files of commits; what was read and parsed is kept by content, within limits. */
export interface RepositoryReader {
  /** The files of a commit. */
  at(commit: string): Promise<RepositoryFiles>
  /** Contents by path; a file beyond the size limit, and a link, has none. */
  read(files: RepositoryFiles, paths: Iterable<string>): Promise<ReadonlyMap<string, Uint8Array>>
  /** Brings the contents of files of several commits into the store in one go, where they can be read one by one. */
  prefetch(wanted: Iterable<readonly [files: RepositoryFiles, paths: Iterable<string>]>): Promise<void>
  /** The documents of manifests by path. */
  parse(
    files: RepositoryFiles,
    paths: Iterable<string>,
  ): Promise<ReadonlyMap<string, readonly Json[] | Unparsable>>
  /** What the texts of files tell at a glance; all that is not known yet is read in one go. */
  facts(files: RepositoryFiles, paths: Iterable<string>): Promise<ReadonlyMap<string, ManifestFacts>>
  /** Found once per files, and forgotten with them. */
  readonly kustomizations: WeakMap<RepositoryFiles, KustomizationGraph>
}

const MEMORY_FOR_DOCUMENTS = 32 * 2 ** 20
const MEMORY_FOR_FACTS = 32 * 2 ** 20

const FILES_AT_A_BREATH = 20
const NONE: ReadonlyMap<string, Uint8Array> = new Map()

export function repositoryReader(objects: GitObjects): RepositoryReader {
  const snapshots = new BoundedCache<RepositoryFiles>(8)
  const parsed = new BoundedCache<readonly Json[] | Unparsable>(MEMORY_FOR_DOCUMENTS)
  const facts = new BoundedCache<ManifestFacts>(MEMORY_FOR_FACTS)
  /** By path, for whoever asks again of the same files: every root of a map asks for what it reaches. */
  const told = new WeakMap<RepositoryFiles, Map<string, ManifestFacts>>()

  async function read(
    files: RepositoryFiles,
    paths: Iterable<string>,
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    const contents = new Map<string, Uint8Array>()
    const ids = new Map<string, string>()
    for (const path of paths) {
      const changed = files.changed.get(path)
      const entry = files.entry(path)
      if (changed !== undefined) contents.set(path, changed)
      else if (entry?.type === 'file') ids.set(path, entry.id)
    }
    const blobs = await objects.blobs(ids.values())
    for (const [path, id] of ids) {
      const blob = blobs.get(id)
      if (blob !== undefined) contents.set(path, blob)
    }
    return contents
  }

  return {
    async at(commit) {
      const tree = await objects.tree(commit)
      const known = snapshots.get(tree.id)
      if (known) return known
      const links = [...tree.entries].filter(([, { type }]) => type === 'link')
      const targets = await objects.blobs(links.map(([, { id }]) => id))
      const files = new RepositoryFiles(
        tree,
        new Map(links.map(([path, { id }]) => [path, targets.get(id)?.toString('utf8') ?? '/'])),
      )
      snapshots.set(tree.id, files)
      return files
    },
    read,
    kustomizations: new WeakMap(),
    async prefetch(wanted) {
      const ids = new Set<string>()
      for (const [files, paths] of wanted) {
        for (const path of paths) {
          const entry = files.entry(path)
          if (entry?.type === 'file') ids.add(entry.id)
        }
      }
      await objects.blobs(ids)
    },
    async facts(files, paths) {
      const asked = [...paths]
      const found = new Map<string, ManifestFacts>()
      const unread: string[] = []
      const here = told.get(files) ?? new Map<string, ManifestFacts>()
      told.set(files, here)
      for (const path of asked) {
        const known = here.get(path) ?? facts.get(files.version(path))
        if (known) found.set(path, known)
        else unread.push(path)
      }
      const contents = unread.length === 0 ? NONE : await read(files, unread)
      for (const [i, path] of unread.entries()) {
        if (i % FILES_AT_A_BREATH === FILES_AT_A_BREATH - 1) await breathe()
        const bytes = contents.get(path)
        const seen = bytes === undefined ? UNREADABLE : manifestFacts(textOf(bytes))
        found.set(path, seen)
        facts.set(files.version(path), seen, weightOf(seen))
      }
      for (const [path, seen] of found) here.set(path, seen)
      return inOrder(asked, found)
    },
    async parse(files, paths) {
      const asked = [...paths]
      const found = new Map<string, readonly Json[] | Unparsable>()
      const unread: string[] = []
      for (const path of asked) {
        const known = parsed.get(files.version(path))
        if (known) found.set(path, known)
        else unread.push(path)
      }
      const contents = unread.length === 0 ? NONE : await read(files, unread)
      for (const [i, path] of unread.entries()) {
        if (i % FILES_AT_A_BREATH === FILES_AT_A_BREATH - 1) await breathe()
        const bytes = contents.get(path)
        const documents = documentsOf(bytes)
        found.set(path, documents)
        // What a parsed manifest takes is a few times its text.
        parsed.set(files.version(path), documents, 200 + 4 * (bytes?.length ?? 0))
      }
      return inOrder(asked, found)
    },
  }
}

/** What was known already does not come first. */
function inOrder<Value>(
  paths: readonly string[],
  found: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> {
  const ordered = new Map<string, Value>()
  for (const path of paths) {
    const value = found.get(path)
    if (value !== undefined) ordered.set(path, value)
  }
  return ordered
}

function weightOf({ names, kinds }: ManifestFacts): number {
  return [...names, ...kinds].reduce((sum, each) => sum + 40 + each.length, 400)
}

/** Whatever is no UTF-8 is replaced: nothing is looked for there. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function documentsOf(bytes: Uint8Array | undefined): readonly Json[] | Unparsable {
  if (bytes === undefined)
    return { error: `it is larger than ${BLOB_LIMIT / 2 ** 20} MiB, or cannot be read` }
  const text = decodeManifest(bytes)
  if (text === undefined) return { error: 'it is not UTF-8 text' }
  const result = parseManifestText(text)
  return isUnparsable(result) ? result : result.documents.map(({ json }) => json)
}
