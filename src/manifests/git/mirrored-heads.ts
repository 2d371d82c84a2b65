import type { ReadObject } from './git-cat-file.ts'

/** Local refs that mirror the remote's branches: the base branch and those with our prefix, no others. */
export const MIRROR = 'refs/remotes/origin/'

export interface MirroredHeads {
  /** The commit that a branch stands at. */
  read(branch: string): Promise<string | undefined>
  /** What a push made of a branch; undefined: it deleted it. The ref itself follows with the next fetch. */
  note(branch: string, commit: string | undefined): void
  /** To be called after a fetch: what was read before counts no more. */
  changed(): void
}

/** What no name of a branch may hold (git check-ref-format): for git it would mean another commit than the branch's. */
const NO_BRANCH = /[~^:?*[\\\s]|\.\.|@\{|\/\/|^$/

/** Reads of mirrored branches, kept until the next fetch: nobody else writes these refs. */
export function mirroredHeads(read: ReadObject): MirroredHeads {
  let known = new Map<string, Promise<string | undefined>>()
  const headOf = async (branch: string) => {
    if (NO_BRANCH.test(branch)) return undefined
    const object = await read(`${MIRROR}${branch}`)
    return object?.type === 'commit' ? object.id : undefined
  }
  return {
    read(branch) {
      const head = known.get(branch) ?? headOf(branch)
      known.set(branch, head)
      return head
    },
    note(branch, commit) {
      known.set(branch, Promise.resolve(commit))
    },
    changed() {
      known = new Map()
    },
  }
}
