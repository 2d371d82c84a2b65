import { OperatorError } from '#src/domain/errors.ts'
import type { CommitFacts } from '#src/manifests/manifests.ts'
import { BoundedCache } from '#src/runtime/bounded-cache.ts'
import type { ReadObject } from './git-cat-file.ts'
import { firstLine } from './git-errors.ts'
import { parseCommit } from './git-object-text.ts'
import type { GitResult, LocalGit } from './git-process.ts'
import { nearHistory, nearMergeBase, type ReadCommit } from './near-history.ts'

/** A commit with the date of its author, RFC 3339 in UTC. */
export interface LoggedCommit extends CommitFacts {
  readonly date: string
  /** When it was committed, in seconds since the epoch. */
  readonly committed: number
}

const FORMAT = ['%H', '%P', '%an <%ae>', '%cn <%ce>', '%ad', '%ct', '%B'].join('%x00')

/** What the store knows of commits. Full ids only, except in `log`. */
export interface GitCommits {
  /** Commits reachable from the given revisions (`main`, `^abc`), newest first; only those touching the paths, if any. */
  log(
    revisions: readonly string[],
    limit: number,
    paths?: readonly string[],
  ): Promise<readonly LoggedCommit[]>
  /** Facts of one commit; undefined when the store has none of that id. */
  facts(sha: string): Promise<CommitFacts | undefined>
  mergeBase(a: string, b: string): Promise<string | undefined>
  /** False also when either commit is not in the store. */
  isAncestor(ancestor: string, descendant: string): Promise<boolean>
}

const MEMORY_FOR_COMMITS = 8 * 2 ** 20

/** History that is near is walked over single objects, which costs no process; everything else is asked of git. */
export function gitCommits(git: LocalGit, read: ReadObject): GitCommits {
  /** A commit never changes: what one log told needs no other. */
  const seen = new BoundedCache<LoggedCommit>(MEMORY_FOR_COMMITS)
  const noted = (commits: readonly LoggedCommit[]) => {
    for (const commit of commits) seen.set(commit.sha, commit, 300 + 2 * commit.message.length)
    return commits
  }

  async function facts(sha: string): Promise<LoggedCommit | undefined> {
    const known = seen.get(checkedId(sha))
    if (known) return known
    const object = await read(sha)
    if (object?.type !== 'commit' || object.content === undefined) return undefined
    return noted([parseCommit(sha, object.content)])[0]
  }

  return {
    facts,
    async log(revisions, limit, paths = []) {
      const near = paths.length === 0 ? await nearLog(facts, revisions) : undefined
      if (near !== undefined) return near.slice(0, limit)
      const { code, stdout, stderr } = await runLog(git, revisions, limit, paths)
      if (code !== 0) throw new OperatorError('Internal', `git log failed: ${firstLine(stderr)}`)
      return noted(parseLog(stdout.toString('utf8')))
    },
    async mergeBase(a, b) {
      const near = await nearMergeBase(facts, checkedId(a), checkedId(b))
      if (near !== undefined) return near
      const { code, stdout } = await git(['merge-base', '--end-of-options', a, b], {
        accept: [0, 1, 128],
        lasting: [0, 1],
      })
      return code === 0 ? stdout.toString().trim() : undefined
    },
    async isAncestor(ancestor, descendant) {
      const ids = [checkedId(ancestor), checkedId(descendant)]
      if (ancestor === descendant) return (await facts(ancestor)) !== undefined
      const unreached = await nearHistory(facts, [ancestor], [descendant])
      if (unreached !== undefined) return unreached.length === 0
      const args = ['merge-base', '--is-ancestor', '--end-of-options', ...ids]
      return (await git(args, { accept: [0, 1, 128], lasting: [0, 1] })).code === 0
    },
  }
}

/** `git log` of full ids; undefined where that takes git. */
async function nearLog(
  facts: ReadCommit,
  revisions: readonly string[],
): Promise<readonly LoggedCommit[] | undefined> {
  if (!revisions.every(isExact)) return undefined
  const not = revisions.filter((each) => each.startsWith('^')).map((each) => each.slice(1))
  // Without an end the whole history is asked for.
  return not.length === 0 ? undefined : nearHistory(facts, revisions.filter(isPlain), not)
}

function isPlain(revision: string): boolean {
  return !revision.startsWith('^')
}

/** Code 128 when the store lacks a revision. */
async function runLog(
  git: LocalGit,
  revisions: readonly string[],
  limit: number,
  paths: readonly string[],
): Promise<GitResult> {
  return git(
    [
      ...[
        'log',
        '-z',
        `--max-count=${limit}`,
        `--format=tformat:${FORMAT}`,
        '--date=format:%Y-%m-%dT%H:%M:%SZ',
      ],
      ...['--no-color', '--no-decorate', '--no-show-signature', '--no-renames', '--end-of-options'],
      ...revisions,
      ...['--', ...paths],
    ],
    {
      environment: { GIT_LITERAL_PATHSPECS: '1' },
      accept: [0, 128],
      lasting: revisions.every(isExact) ? [0] : [],
    },
  )
}

const FULL_ID = /^([0-9a-f]{40}|[0-9a-f]{64})$/

function isExact(revision: string): boolean {
  return FULL_ID.test(revision.replace(/^\^/, ''))
}

function parseLog(text: string): readonly LoggedCommit[] {
  const fields = text.split('\0')
  const commits: LoggedCommit[] = []
  for (let i = 0; i + 6 < fields.length; i += 7) {
    const [sha = '', parents = '', author = '', committer = '', date = '', seconds = '', message = ''] =
      fields.slice(i, i + 7)
    commits.push({
      sha,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      author,
      committer,
      date,
      committed: Number(seconds),
      message,
    })
  }
  return commits
}

/** A full commit id. Anything else (a ref, an option, an abbreviation) never reaches git's command line. */
export function checkedId(sha: string): string {
  if (FULL_ID.test(sha)) return sha
  throw new OperatorError('Internal', 'a commit was named by something else than its full id')
}
