import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import type { EditReport } from '#src/cli/edit/edit-report.ts'
import { runCommandLine } from '#src/cli/program.ts'

/** The part of node:test's context that is needed. */
interface Cleanup {
  after(work: () => Promise<void>): void
}

/** Files by path; a text of the form `-> path` is a link. */
export type Tree = Readonly<Record<string, string>>

/** A checkout of its own that is removed after the test. */
export async function checkoutOf(t: Cleanup, tree: Tree): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-edit-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(tree)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    const link = /^-> (.*)$/s.exec(text)?.[1]
    await (link === undefined ? writeFile(join(folder, path), text) : symlink(link, join(folder, path)))
  }
  return folder
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs our command line in this process, with further variables in its environment. */
export async function runHere(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const text = { stdout: '', stderr: '' }
  const into = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _encoding, done) {
        text[name] += String(chunk)
        done()
      },
    })
  const code = await runCommandLine({
    args,
    env: { ...process.env, ...variables },
    stdout: into('stdout'),
    stderr: into('stderr'),
    stop: new AbortController().signal,
    self: [process.execPath],
  })
  return { code, ...text }
}

export interface Edited extends Ran {
  readonly report: EditReport
}

/** `edit --json` on a checkout. */
export async function editJson(repo: string, ...args: readonly string[]): Promise<Edited> {
  const ran = await runHere(['edit', '--repo', repo, '--json', ...args])
  return { ...ran, report: JSON.parse(ran.stdout || '{}') as EditReport }
}

export function contentOf(repo: string, path: string): Promise<string> {
  return readFile(join(repo, path), 'utf8')
}
