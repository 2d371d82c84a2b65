import { OperatorError } from '#src/domain/errors.ts'
import { fixOfMessage } from '#src/domain/fix-trailer.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import type { BranchState, CommitRequest } from '#src/manifests/manifests.ts'
import { type CommitIdentity, isOurCommit } from './commit-identity.ts'
import { commitStream } from './commit-stream.ts'
import { checkedId } from './git-commits.ts'
import type { GitObjects } from './git-objects.ts'
import type { GitStore } from './git-store.ts'

export interface Branches {
  push(request: CommitRequest): Promise<string>
  deleteBranch(branch: string): Promise<boolean>
  branch(branch: string): Promise<BranchState | undefined>
}

/** How often a push is tried again after somebody else moved the branch. */
const ROUNDS = 4
/** More commits than a branch of ours ever has. */
const BRANCH_COMMITS = 200
/** Names that git needs not be asked about: no dot, no dash in front, no empty part. */
const PLAIN_NAME = /^[a-zA-Z0-9_][a-zA-Z0-9_-]*(\/[a-zA-Z0-9_][a-zA-Z0-9_-]*)*$/

/** Our branches on the remote: only names with the configured prefix are ever written, and never over others' commits. */
export function branches(
  spec: RepositorySpec,
  identity: CommitIdentity,
  store: GitStore,
  objects: GitObjects,
): Branches {
  const object = `repository ${spec.name}`

  async function branchState(branch: string): Promise<BranchState | undefined> {
    const headSha = await store.head(branch)
    if (headSha === undefined) return undefined
    const base = await store.head(spec.branch)
    const commits = await store.commits.log(
      [headSha, ...(base === undefined ? [] : [`^${base}`])],
      BRANCH_COMMITS,
    )
    return {
      headSha,
      commits: commits.map((commit) => ({
        sha: commit.sha,
        author: commit.author,
        ours: isOurCommit(commit, identity),
      })),
    }
  }

  /** The present head, which may be written over. Throws HumanCommits. */
  async function replaceableHead(branch: string): Promise<string | undefined> {
    const state = await branchState(branch)
    const foreign = state?.commits.find(({ ours }) => !ours)
    if (foreign === undefined) return state?.headSha
    throw new OperatorError(
      'HumanCommits',
      `the branch ${branch} holds commit ${foreign.sha.slice(0, 12)} by ${foreign.author}`,
      { object },
    )
  }

  /** A head of ours that already is this commit in all but its date and message: another operator was quicker. */
  async function isSameWork(head: string, commit: string): Promise<boolean> {
    if (head === commit) return true
    const [theirs, ours] = await Promise.all([store.commits.facts(head), store.commits.facts(commit)])
    if (theirs === undefined || ours === undefined) return false
    return (
      theirs.parents.join() === ours.parents.join() &&
      (await objects.tree(head)).id === (await objects.tree(commit)).id
    )
  }

  return {
    branch: branchState,
    async push(request) {
      await checkName(spec, store, request.branch)
      const commit = await makeCommit(identity, store, objects, request)
      for (let round = 0; round < ROUNDS; round++) {
        const head = await replaceableHead(request.branch)
        const wanted = head !== undefined && (await isSameWork(head, commit)) ? head : commit
        // Also when the head is right already, as far as we know: the remote decides.
        if ((await store.remote.push(request.branch, wanted, head)) === 'pushed') {
          store.noteHead(request.branch, wanted)
          return wanted
        }
        await store.fetch()
      }
      throw new OperatorError('PushRefused', `the branch ${request.branch} keeps moving`, { object })
    },
    async deleteBranch(branch) {
      await checkName(spec, store, branch)
      for (let round = 0; round < ROUNDS; round++) {
        const state = await branchState(branch)
        if (state?.commits.some(({ ours }) => !ours)) return false
        // Unknown here may still mean that it came after the last fetch.
        if (state === undefined && (await store.remote.heads(`refs/heads/${branch}`)).length === 0)
          return true
        if (state !== undefined && (await store.remote.push(branch, undefined, state.headSha)) === 'pushed') {
          store.noteHead(branch, undefined)
          return true
        }
        await store.fetch()
      }
      throw new OperatorError('PushRefused', `the branch ${branch} keeps moving`, { object })
    },
  }
}

async function checkName(spec: RepositorySpec, store: GitStore, branch: string): Promise<void> {
  const prefix = spec.pullRequest.branchPrefix
  if (prefix === '' || !branch.startsWith(prefix) || branch === spec.branch) {
    throw new OperatorError(
      'PushRefused',
      `the branch ${branch} does not begin with the prefix "${prefix}"`,
      {
        object: `repository ${spec.name}`,
      },
    )
  }
  if (PLAIN_NAME.test(branch)) return
  const { code } = await store.git(['check-ref-format', `refs/heads/${branch}`], { accept: [0, 1] })
  if (code !== 0) throw new OperatorError('Internal', 'a branch of ours has no valid name')
}

/**
 * Writes the commit: the parent's files with the given ones in place of what stood there, modes kept, or new. Everything in it
 * comes from the request, so making it twice makes the same commit.
 */
async function makeCommit(
  identity: CommitIdentity,
  store: GitStore,
  objects: GitObjects,
  request: CommitRequest,
): Promise<string> {
  if (fixOfMessage(request.message) === undefined)
    throw new OperatorError('Internal', 'a commit of ours must carry the fix trailer')
  const parent = checkedId(request.parent)
  const { entries } = await objects.tree(parent)
  const files = [...request.files].map(([path, content]) => {
    const entry = entries.get(path)
    if (entry === undefined ? isInTheWay(path, entries) : entry.type !== 'file')
      throw new OperatorError('EditRefused', 'it is no regular file in Git', { object: path })
    return { path, mode: entry?.mode ?? '100644', content }
  })
  const input = commitStream({ ...request, parent, files, identity })
  // Kept as a pack: unpacking it would take another process.
  const args = ['-c', 'fastimport.unpackLimit=1', 'fast-import', '--quiet', '--done']
  return checkedId((await store.git(args, { input })).stdout.toString().trim())
}

/** True where a part of a new file's path is a file or a link now, or all of it a folder: writing there would remove that. */
function isInTheWay(path: string, entries: ReadonlyMap<string, unknown>): boolean {
  const names = path.split('/')
  return (
    names.some((name, i) => name === '' || name === '..' || entries.has(names.slice(0, i).join('/'))) ||
    [...entries.keys()].some((each) => each.startsWith(`${path}/`))
  )
}
