import type { LoggedCommit } from './git-commits.ts'

export type ReadCommit = (sha: string) => Promise<LoggedCommit | undefined>

/** Commits looked at before git is asked instead. */
const NEAR = 256

/**
 * `git rev-list FROM… --not NOT…`, newest first, where that takes few commits. Undefined where it takes many, a commit
 * is not there, or the clocks of those who committed disagree: then only git can tell.
 *
 * Commits are taken by their dates, newest first, so both sides of a commit are known when nothing newer is left.
 */
export async function nearHistory(
  read: ReadCommit,
  from: readonly string[],
  not: readonly string[],
): Promise<readonly LoggedCommit[] | undefined> {
  const seen = new Map<string, { readonly commit: LoggedCommit; excluded: boolean }>()
  const open: { readonly commit: LoggedCommit; readonly excluded: boolean }[] = []
  const add = async (sha: string, excluded: boolean, notAfter: number): Promise<boolean> => {
    const known = seen.get(sha)
    if (known !== undefined && (known.excluded || !excluded)) return true
    const commit = known?.commit ?? (await read(sha))
    if (commit === undefined || commit.committed > notAfter) return false
    seen.set(sha, { commit, excluded })
    // Again too when it turns out to be excluded: its parents are as well.
    const at = open.findIndex((each) => each.commit.committed < commit.committed)
    open.splice(at < 0 ? open.length : at, 0, { commit, excluded })
    return true
  }
  const starts = [...from.map((sha) => [sha, false] as const), ...not.map((sha) => [sha, true] as const)]
  for (const [sha, excluded] of starts) {
    if (!(await add(sha, excluded, Number.POSITIVE_INFINITY))) return undefined
  }
  let oldest = Number.POSITIVE_INFINITY
  const order: string[] = []
  for (let looked = 0; ; looked++) {
    const next = open.shift()
    const isSettled = open.every(({ excluded }) => excluded)
    if (next === undefined || (isSettled && next.excluded && next.commit.committed < oldest)) break
    if (looked >= NEAR) return undefined
    const { commit, excluded } = next
    if (!excluded && seen.get(commit.sha)?.excluded) continue
    if (!excluded) {
      oldest = Math.min(oldest, commit.committed)
      order.push(commit.sha)
    }
    for (const parent of commit.parents) {
      if (!(await add(parent, excluded, commit.committed))) return undefined
    }
  }
  return [...new Set(order)].flatMap((sha) => {
    const found = seen.get(sha)
    return found === undefined || found.excluded ? [] : [found.commit]
  })
}

/** The one commit from which both sides went apart; undefined where there are several, none, or git has to tell. */
export async function nearMergeBase(read: ReadCommit, a: string, b: string): Promise<string | undefined> {
  const own = await nearHistory(read, [a], [b])
  if (own === undefined) return undefined
  if (own.length === 0) return a
  const shas = new Set(own.map(({ sha }) => sha))
  const ends = new Set(own.flatMap(({ parents }) => parents.filter((parent) => !shas.has(parent))))
  const [only] = ends
  return ends.size === 1 ? only : undefined
}
