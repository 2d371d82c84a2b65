import { OperatorError } from '#src/domain/errors.ts'
import type { GitVersion } from '#src/domain/evidence.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { type CommitIdentity, isOurCommit } from './commit-identity.ts'
import type { GitCommits } from './git-commits.ts'
import type { RootRenderer } from './render-root.ts'
import type { RepositoryFiles } from './repository-files.ts'
import type { RepositoryReader } from './repository-reader.ts'
import { isTarget, objectsOf, withNamespace } from './target-match.ts'
import type { Origin } from './trace.ts'
import { isUnparsable } from './yaml-text.ts'

/** More paths than this on one command line are replaced by the root's folder. */
const MAX_PATHS = 500

/**
 * The target at the last commits that touched what it is made of, newest first. Files that a kustomization came to reach
 * or left behind are followed from the present state only.
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
  },
  limit: number,
): Promise<readonly GitVersion[]> {
  const { origin, target, namespace } = place
  const present = await reader.at(place.revision)
  const files = origin.kind === 'plain' ? [origin.file] : (await renderer.closure(present, origin.root)).files
  const paths = files.length > MAX_PATHS ? [origin.root.folder || '.'] : files
  const commits = await log([place.revision], limit, paths)
  const snapshots = await Promise.all(commits.map(({ sha }) => reader.at(sha)))
  await reader.prefetch(snapshots.map((snapshot) => [snapshot, files]))

  async function objects(snapshot: RepositoryFiles): Promise<readonly KubeObject[]> {
    if (origin.kind === 'rendered') return renderer.render(snapshot, origin.root)
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

/** A commit whose manifests could not be built has no state to go back to. */
function nothingIfBroken(error: unknown): readonly KubeObject[] {
  if (error instanceof OperatorError && error.code === 'RenderFailed') return []
  throw error
}
