import { join } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import { fixOfMessage } from '#src/domain/fix-trailer.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { type CommitIdentity, isOurCommit } from './commit-identity.ts'
import { checkedId } from './git-commits.ts'
import type { GitObjects } from './git-objects.ts'
import type { GitStore } from './git-store.ts'
import type { BranchState, CommitRequest } from './manifests.ts'

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
          await store.noteHead(request.branch, wanted)
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
          await store.noteHead(branch, undefined)
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
  return store.scratch.use(async (folder) => {
    const environment = { GIT_INDEX_FILE: join(folder, 'index') }
    const indexed = store.git(['read-tree', parent], { environment })
    const written = [...request.files].map(async ([path, content]) => {
      const entry = entries.get(path)
      if (entry === undefined ? isBelowAFile(path, entries) : entry.type !== 'file')
        throw new OperatorError('EditRefused', 'it is no regular file in Git', { object: path })
      const args = ['hash-object', '-w', '--no-filters', '--stdin']
      const blob = (await store.git(args, { input: content })).stdout.toString().trim()
      return `${entry?.mode ?? '100644'} ${blob}\t${path}\0`
    })
    const [, ...lines] = await Promise.all([indexed, ...written])
    await store.git(['update-index', '-z', '--index-info'], { environment, input: lines.join('') })
    const tree = (await store.git(['write-tree', '--missing-ok'], { environment })).stdout.toString().trim()
    const date = `@${Math.floor(request.at / 1000)} +0000`
    const { stdout } = await store.git(['commit-tree', '-p', parent, '-F', '-', tree], {
      input: request.message.endsWith('\n') ? request.message : `${request.message}\n`,
      environment: {
        GIT_AUTHOR_NAME: identity.name,
        GIT_AUTHOR_EMAIL: identity.email,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: identity.name,
        GIT_COMMITTER_EMAIL: identity.email,
        GIT_COMMITTER_DATE: date,
      },
    })
    return stdout.toString().trim()
  })
}

/** True where a part of a new file's path is a file or a link now: writing there would remove or follow it. */
function isBelowAFile(path: string, entries: ReadonlyMap<string, unknown>): boolean {
  const names = path.split('/')
  return names.some((name, i) => name === '' || name === '..' || entries.has(names.slice(0, i).join('/')))
}
