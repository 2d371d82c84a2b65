import { OperatorError } from '#src/domain/errors.ts'
import { firstLine } from './git-errors.ts'
import type { GitResult, LocalGit } from './git-process.ts'
import type { CommitFacts } from './manifests.ts'

/** A commit with the date of its author, RFC 3339 in UTC. */
export interface LoggedCommit extends CommitFacts {
  readonly date: string
}

const FORMAT = ['%H', '%P', '%an <%ae>', '%cn <%ce>', '%ad', '%B'].join('%x00')

/** Commits reachable from the given revisions (`main`, `^abc`), newest first; only those touching the paths, if any. */
export async function log(
  git: LocalGit,
  revisions: readonly string[],
  limit: number,
  paths: readonly string[] = [],
): Promise<readonly LoggedCommit[]> {
  const { code, stdout, stderr } = await runLog(git, revisions, limit, paths)
  if (code !== 0) throw new OperatorError('Internal', `git log failed: ${firstLine(stderr)}`)
  return parseLog(stdout.toString('utf8'))
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
  for (let i = 0; i + 5 < fields.length; i += 6) {
    const [sha = '', parents = '', author = '', committer = '', date = '', message = ''] = fields.slice(
      i,
      i + 6,
    )
    commits.push({
      sha,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      author,
      committer,
      date,
      message,
    })
  }
  return commits
}

/** Facts of one commit; undefined when the store has none of that id. */
export async function commitFacts(git: LocalGit, sha: string): Promise<CommitFacts | undefined> {
  const { code, stdout } = await runLog(git, [checkedId(sha)], 1, [])
  return code === 0 ? parseLog(stdout.toString('utf8'))[0] : undefined
}

export async function mergeBase(git: LocalGit, a: string, b: string): Promise<string | undefined> {
  const { code, stdout } = await git(['merge-base', '--end-of-options', checkedId(a), checkedId(b)], {
    accept: [0, 1, 128],
    lasting: [0, 1],
  })
  return code === 0 ? stdout.toString().trim() : undefined
}

/** False also when either commit is not in the store. */
export async function isAncestor(git: LocalGit, ancestor: string, descendant: string): Promise<boolean> {
  if (ancestor === descendant) return (await commitFacts(git, ancestor)) !== undefined
  const args = ['merge-base', '--is-ancestor', '--end-of-options', checkedId(ancestor), checkedId(descendant)]
  return (await git(args, { accept: [0, 1, 128], lasting: [0, 1] })).code === 0
}

/** A full commit id. Anything else (a ref, an option, an abbreviation) never reaches git's command line. */
export function checkedId(sha: string): string {
  if (FULL_ID.test(sha)) return sha
  throw new OperatorError('Internal', 'a commit was named by something else than its full id')
}
