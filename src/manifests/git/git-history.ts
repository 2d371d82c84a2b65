import { OperatorError } from '#src/domain/errors.ts'
import type { GitVersion } from '#src/domain/evidence.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { Root } from '#src/domain/root.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { EngineRoot } from '#src/manifests/engine-roots.ts'
import type { RootFinder } from '#src/manifests/named-roots.ts'
import type { RootRenderer } from '#src/manifests/render-root.ts'
import type { RepositoryFiles } from '#src/manifests/repository-files.ts'
import type { RepositoryReader } from '#src/manifests/repository-reader.ts'
import { isTarget, objectsOf, withNamespace } from '#src/manifests/target-match.ts'
import type { Origin } from '#src/manifests/trace.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import { type CommitIdentity, isOurCommit } from './commit-identity.ts'
import type { GitCommits } from './git-commits.ts'

/** More paths than this on one command line are replaced by the root's folder. */
const MAX_PATHS = 500

/**
 * The target at the last commits that touched what it is made of, newest first. Files that a kustomization came to reach
 * or left behind are followed from the present state only. With `rootsOf`, what an engine's object adds to a root is what
 * it added at that commit.
 */
export async function historyOf(
  { log }: Pick<GitCommits, 'log'>,
  identity: CommitIdentity,
  reader: RepositoryReader,
  renderer: RootRenderer,
  place: {
    readonly origin: Origin
    readonly target: TargetRef
    readonly revision: string
    readonly namespace: string | undefined
    readonly rootsOf?: RootFinder
  },
  limit: number,
): Promise<readonly GitVersion[]> {
  const { origin, target, namespace } = place
  const present = await reader.at(place.revision)
  const engine = await engineOf(place.rootsOf, present, origin)
  const own = engine === undefined ? [] : await filesOf(renderer, present, engine.origin)
  const files = [...new Set([...(await filesOf(renderer, present, origin)), ...own])]
  const paths = files.length > MAX_PATHS ? [origin.root.folder || '.'] : files
  const commits = await log([place.revision], limit, paths)
  const snapshots = await Promise.all(commits.map(({ sha }) => reader.at(sha)))
  await reader.prefetch(snapshots.map((snapshot) => [snapshot, files]))

  async function objects(snapshot: RepositoryFiles): Promise<readonly KubeObject[]> {
    if (origin.kind === 'rendered') {
      const root =
        engine === undefined ? origin.root : await engineRootAt(place.rootsOf, snapshot, origin.key)
      return root === undefined ? [] : renderer.render(snapshot, root)
    }
    const documents = (await reader.parse(snapshot, [origin.file])).get(origin.file)
    return documents === undefined || isUnparsable(documents)
      ? []
      : objectsOf(documents).map(({ object }) => object)
  }

  const versions: GitVersion[] = []
  for (const [i, commit] of commits.entries()) {
    const snapshot = snapshots[i]
    if (snapshot === undefined) continue
    const found = (await objects(snapshot).catch(nothingIfBroken)).find((object) =>
      isTarget(object, target, namespace),
    )
    versions.push({
      commit: commit.sha,
      author: commit.author,
      date: commit.date,
      subject: (commit.message.split('\n')[0] ?? '').slice(0, 200),
      ours: isOurCommit(commit, identity),
      rendered: found === undefined ? undefined : withNamespace(found, namespace),
    })
  }
  return versions
}

/** The engine that makes the root, where that says more than the root's folder. */
async function engineOf(
  rootsOf: RootFinder | undefined,
  files: RepositoryFiles,
  origin: Origin,
): Promise<EngineRoot | undefined> {
  if (rootsOf === undefined || origin.kind === 'plain') return undefined
  return (await rootsOf(files)).roots.find(({ key }) => key === origin.key)?.engine
}

async function engineRootAt(
  rootsOf: RootFinder | undefined,
  files: RepositoryFiles,
  key: string,
): Promise<Root | undefined> {
  return (await rootsOf?.(files))?.roots.find((named) => named.key === key)?.root
}

async function filesOf(
  renderer: RootRenderer,
  files: RepositoryFiles,
  origin: Origin,
): Promise<readonly string[]> {
  return origin.kind === 'plain' ? [origin.file] : (await renderer.closure(files, origin.root)).files
}

/** A commit whose manifests could not be built has no state to go back to. */
function nothingIfBroken(error: unknown): readonly KubeObject[] {
  if (error instanceof OperatorError && error.code === 'RenderFailed') return []
  throw error
}
