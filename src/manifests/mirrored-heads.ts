import type { LocalGit } from './git-process.ts'

/** Local refs that mirror the remote's branches: the base branch and those with our prefix, no others. */
export const MIRROR = 'refs/remotes/origin/'

export interface MirroredHeads {
  /** Commits by branch. */
  read(): Promise<ReadonlyMap<string, string>>
  /** To be called after one ref was set, or deleted: undefined. */
  noted(branch: string, commit: string | undefined): void
  /** To be called after any other change of these refs: a listing that began before is read no more. */
  changed(): void
}

/** All mirrored branches by one command, kept until one of them is changed: nobody else writes these refs. */
export function mirroredHeads(git: LocalGit): MirroredHeads {
  let known: Promise<ReadonlyMap<string, string>> | undefined
  const keep = (heads: Promise<ReadonlyMap<string, string>>) => {
    known = heads
    heads.catch(() => {
      if (known === heads) known = undefined
    })
    return heads
  }
  return {
    read() {
      if (known !== undefined) return known
      return keep(list(git))
    },
    noted(branch, commit) {
      const before = known
      if (before === undefined) return
      keep(
        before.then((heads) => {
          const now = new Map(heads)
          if (commit === undefined) now.delete(branch)
          else now.set(branch, commit)
          return now
        }),
      )
    },
    changed() {
      known = undefined
    },
  }
}

async function list(git: LocalGit): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await git(['for-each-ref', '--format=%(objectname) %(objecttype) %(refname)', MIRROR])
  const heads = new Map<string, string>()
  for (const line of stdout.toString('utf8').split('\n')) {
    const [id = '', type, ref = ''] = line.split(' ')
    if (type === 'commit') heads.set(ref.slice(MIRROR.length), id)
  }
  return heads
}
