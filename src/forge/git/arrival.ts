import type { CommitFacts } from '#src/manifests/manifests.ts'

/** How a fix came into the base branch. */
export interface Arrival {
  /** The first-parent commit of the base that brought it: everything before it lacks the fix. */
  readonly mergeCommit: CommitFacts
  /** The commit told by `carries`: the merge commit itself after a squash, rebase or fast-forward. */
  readonly carrier: CommitFacts
}

/**
 * The oldest commit on the base's first-parent line from which a commit that `carries` the fix is reachable. The answer
 * stays the same however far the base moves on. `commits` is `git log SINCE..BASE`: newest first, the tip in front.
 */
export function arrivalOf(
  commits: readonly CommitFacts[],
  carries: (commit: CommitFacts) => boolean,
): Arrival | undefined {
  const bySha = new Map(commits.map((commit) => [commit.sha, commit]))
  const seen = new Set<string>()
  for (const mergeCommit of firstParentLine(commits[0], bySha).reverse()) {
    const carrier = newlyReachable(mergeCommit, bySha, seen).find(carries)
    if (carrier) return { mergeCommit, carrier }
  }
  return undefined
}

function firstParentLine(
  tip: CommitFacts | undefined,
  bySha: ReadonlyMap<string, CommitFacts>,
): CommitFacts[] {
  const line: CommitFacts[] = []
  for (let here = tip; here; here = bySha.get(here.parents[0] ?? '')) line.push(here)
  return line
}

function newlyReachable(
  from: CommitFacts,
  bySha: ReadonlyMap<string, CommitFacts>,
  seen: Set<string>,
): readonly CommitFacts[] {
  const found: CommitFacts[] = []
  const queue = [from]
  for (let commit = queue.pop(); commit; commit = queue.pop()) {
    if (seen.has(commit.sha)) continue
    seen.add(commit.sha)
    found.push(commit)
    for (const parent of commit.parents) {
      const next = bySha.get(parent)
      if (next) queue.push(next)
    }
  }
  return found
}
