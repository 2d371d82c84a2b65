import { OperatorError } from '#src/domain/errors.ts'
import { carriesFix } from '#src/domain/fix-trailer.ts'
import type { Head, PullRequest, PullRequestFacts, PullRequests } from '#src/forge/forge.ts'
import { oneLine } from '#src/forge/text/visible.ts'
import type { BranchState, CommitFacts, Manifests } from '#src/manifests/manifests.ts'
import type { Log } from '#src/runtime/log.ts'
import { type Arrival, arrivalOf } from './arrival.ts'

/** What plain Git answers by; `Manifests` has it all. */
export type GitStore = Pick<
  Manifests,
  'fetch' | 'branch' | 'commit' | 'baseCommits' | 'mergeBase' | 'isAncestor'
>

export interface GitForgeOptions {
  /** The repository's URL; credentials in it are never shown. */
  readonly url: string
  readonly baseBranch: string
  /** Committer of our commits as Git prints it: `Name <mail>`. */
  readonly identity: string
  readonly store: GitStore
  readonly log: Log
}

/** Commits of the base read at once; four times as many as long as the fork point was not reached. */
const FIRST_LOOK = 256
const LONGEST_LOOK = 65_536
/** Nobody pushed the base branch that we could name: Git records committers, not pushes. */
const FAST_FORWARD = 'unknown (fast-forward)'

/**
 * Pull requests where there is no forge: the branch is the pull request, merging it (by whoever may push to the base) is
 * the approval, deleting it is the rejection. Title, body, labels and comments have nowhere to go; the commit message
 * carries what a reviewer needs.
 */
export function openGitForge(options: GitForgeOptions): PullRequests {
  const repository = withoutCredentials(options.url)
  const log = options.log.with({ forge: 'git', repository })

  const facts = (head: Head, headSha: string): PullRequestFacts => ({
    id: head.branch,
    url: `${repository}#${head.branch}`,
    headBranch: head.branch,
    headSha,
    baseBranch: options.baseBranch,
    author: options.identity,
  })

  /** Merged and open as Git shows them; undefined when the branch is gone, or nothing of ours is left on it. */
  async function look(
    head: Head,
  ): Promise<{ pull: PullRequest | undefined; branch: BranchState | undefined }> {
    const tip = await options.store.fetch(head.asOf)
    const branch = await options.store.branch(head.branch)
    const arrival = await arrivalInBase(options.store, head)
    if (arrival) {
      const ours = head.sha ?? arrival.carrier.sha
      const headSha = (await forwardedHead(options.store, arrival, ours, branch, tip)) ?? ours
      const merger = mergerOf(arrival, ours, options.identity)
      const mergeCommit = arrival.mergeCommit.sha
      return { pull: { ...facts(head, headSha), state: 'merged', mergeCommit, ...merger }, branch }
    }
    const open = branch !== undefined && (await carriesOurs(options.store, branch, head))
    return { pull: open ? { ...facts(head, branch.headSha), state: 'open' } : undefined, branch }
  }

  const closed = (head: Head): PullRequest => ({
    ...facts(head, head.sha ?? head.base),
    state: 'closed',
    closedBy: undefined,
  })

  async function find(head: Head): Promise<PullRequest | undefined> {
    const { pull, branch } = await look(head)
    if (pull === undefined && branch !== undefined && branch.commits.length > 0) {
      throw new OperatorError('PullRequestForeign', 'none of the commits on this branch is the operator’s', {
        object: `branch ${head.branch} of ${repository}`,
      })
    }
    return pull
  }

  return {
    repositoryId: async () => repository,
    find,
    ensureOpen: async ({ head }) => (await find(head)) ?? closed(head),
    read: async (id, head) => (id === head.branch ? ((await look(head)).pull ?? closed(head)) : undefined),
    async ensureComment(id, marker) {
      log.info('plain Git has no place for comments', { branch: id, marker })
    },
    async ensureClosed(id) {
      log.debug('plain Git closes by deleting the branch', { branch: id })
    },
  }
}

/** How the fix came into the base after the fork point: by the validated head itself, else by our trailer. */
async function arrivalInBase(store: GitStore, head: Head): Promise<Arrival | undefined> {
  let commits: readonly CommitFacts[] = []
  for (let limit = FIRST_LOOK; limit <= LONGEST_LOOK; limit *= 4) {
    commits = await store.baseCommits(head.base, limit)
    if (commits.length < limit) break
  }
  return (
    arrivalOf(commits, ({ sha }) => sha === head.sha) ??
    arrivalOf(commits, ({ message }) => carriesFix(message, head.fix))
  )
}

/**
 * A fast-forward leaves no commit of its own, so the base does not tell where the branch ended that was merged: the branch
 * does, as far as the base has it. Undefined for every other merge, and when the branch is gone: what then stands on top
 * of our commit counts as later commits.
 */
async function forwardedHead(
  store: GitStore,
  { mergeCommit, carrier }: Arrival,
  ours: string,
  branch: BranchState | undefined,
  tip: string,
): Promise<string | undefined> {
  if (branch === undefined || mergeCommit.sha !== ours || carrier.sha !== ours) return undefined
  const merged = await store.mergeBase(branch.headSha, tip)
  return merged !== undefined && (await store.isAncestor(ours, merged)) ? merged : undefined
}

/** A person may have amended our commit: then it is no longer ours, but still carries the trailer. */
async function carriesOurs(store: GitStore, branch: BranchState, head: Head): Promise<boolean> {
  for (const { sha, ours } of branch.commits) {
    if (ours || sha === head.sha) return true
    const commit = await store.commit(sha)
    if (commit && carriesFix(commit.message, head.fix)) return true
  }
  return false
}

/**
 * The committer of the commit that brought the fix. Our own pushed head on the base is a fast-forward by somebody who may
 * push there (we never do); any other commit of the base with our identity as committer is a merge in our name.
 */
function mergerOf(
  { mergeCommit }: Arrival,
  headSha: string,
  identity: string,
): { readonly mergedBy: string; readonly bySelf: boolean } {
  const ours = mailOf(mergeCommit.committer) === mailOf(identity)
  if (ours && mergeCommit.sha === headSha) return { mergedBy: FAST_FORWARD, bySelf: false }
  return { mergedBy: oneLine(mergeCommit.committer, 200), bySelf: ours }
}

function mailOf(identity: string): string {
  return (/<([^<>]*)>\s*$/.exec(identity)?.[1] ?? identity).trim().toLowerCase()
}

/** Query and fragment could hold a token too. */
function withoutCredentials(text: string): string {
  const url = new URL(text)
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  return url.href.replace(/\/$/, '')
}
