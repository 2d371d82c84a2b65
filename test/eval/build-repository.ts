import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { devNull } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface BuiltRepository {
  /** The checkout at the last commit. */
  readonly checkout: string
  /** The same tree once more, as it was. */
  readonly before: string
}

const AUTHOR = { name: 'Maintainers', mail: 'maintainers@example.com' }
const DAY = 24 * 60 * 60 * 1000

/**
 * Makes a Git repository of a case's commits, each folder one full tree. Dates that no `.author` tells are days apart and
 * end a day before `now` (milliseconds since the epoch).
 */
export async function buildRepository(
  commits: readonly string[],
  work: string,
  now: number,
): Promise<BuiltRepository> {
  const checkout = join(work, 'repository')
  const before = join(work, 'before')
  await mkdir(checkout, { recursive: true })
  const git = gitIn(checkout, work)
  await git(['init', '--quiet', '--initial-branch=main'])
  for (const [i, commit] of commits.entries()) {
    await clear(checkout)
    await copyTree(commit, checkout)
    const date = new Date(now - (commits.length - i) * DAY).toISOString()
    const by = await authorOf(commit, date)
    await git(['add', '--all', '--force'])
    await git(['commit', '--quiet', '--allow-empty', '--no-verify', '--message', subjectOf(commit)], {
      GIT_AUTHOR_NAME: by.name,
      GIT_AUTHOR_EMAIL: by.mail,
      GIT_AUTHOR_DATE: by.date,
      GIT_COMMITTER_NAME: by.name,
      GIT_COMMITTER_EMAIL: by.mail,
      GIT_COMMITTER_DATE: by.date,
    })
  }
  const last = commits.at(-1)
  if (last !== undefined) await copyTree(last, before)
  return { checkout, before }
}

/** `03-Bump web to 1.5` → `Bump web to 1.5`. */
export function subjectOf(commit: string): string {
  return basename(commit).replace(/^\d+[-_ ]?/, '') || 'Change manifests'
}

async function authorOf(commit: string, fallback: string) {
  const text = await readFile(join(commit, '.author'), 'utf8').catch(() => undefined)
  if (text === undefined) return { ...AUTHOR, date: fallback }
  const [, name, mail, date] = /^\s*(.+?)\s*<([^>]*)>\s*,\s*(\S+)\s*$/.exec(text) ?? []
  if (name === undefined || mail === undefined || date === undefined || Number.isNaN(Date.parse(date)))
    throw new Error(`${basename(commit)}/.author is not "Name <mail>, RFC 3339 date"`)
  return { name, mail, date }
}

async function clear(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name !== '.git') await rm(join(folder, name), { recursive: true })
}

async function copyTree(from: string, to: string): Promise<void> {
  const author = join(from, '.author')
  await cp(from, to, { recursive: true, verbatimSymlinks: true, filter: (path) => path !== author })
}

/** Nothing of this machine's or this user's settings counts. */
function gitIn(cwd: string, home: string) {
  return (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    run('git', [...args], {
      cwd,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: devNull,
        ...env,
      },
    })
}
