import type { ReadObject } from './git-cat-file.ts'

/** Local refs that mirror the remote's branches: the base branch and those with our prefix, no others. */
export const MIRROR = 'refs/remotes/origin/'

export interface MirroredHeads {
  /** The commit that a branch stands at. */
  read(branch: string): Promise<string | undefined>
  /**
   * What a push made of a branch; undefined: it deleted it. It holds until a fetch that began later: one that was under
   * way may have asked the remote before the push, and knows nothing of it.
   */
  note(branch: string, commit: string | undefined): void
  /** To be called after a fetch, with the time it began: what was read before counts no more. */
  changed(began: number): void
}

/** What no name of a branch may hold (git check-ref-format): for git it would mean another commit than the branch's. */
const NO_BRANCH = /[~^:?*[\\\s]|\.\.|@\{|\/\/|^$/

/** Reads of mirrored branches, kept until the next fetch: nobody else writes these refs. Times are `now`'s. */
export function mirroredHeads(read: ReadObject, now: () => number): MirroredHeads {
  const notes = new Map<string, { readonly commit: string | undefined; readonly at: number }>()
  let known = new Map<string, Promise<string | undefined>>()
  const headOf = async (branch: string) => {
    if (NO_BRANCH.test(branch)) return undefined
    const object = await read(`${MIRROR}${branch}`)
    return object?.type === 'commit' ? object.id : undefined
  }
  return {
    read(branch) {
      const note = notes.get(branch)
      if (note !== undefined) return Promise.resolve(note.commit)
      const head = known.get(branch) ?? headOf(branch)
      known.set(branch, head)
      return head
    },
    note(branch, commit) {
      notes.set(branch, { commit, at: now() })
    },
    changed(began) {
      known = new Map()
      for (const [branch, { at }] of notes) if (at < began) notes.delete(branch)
    },
  }
}
