import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LocalGit } from '#src/manifests/git/git-process.ts'
import type { Scratch } from './scratch.ts'

const LIMIT = 64 * 1024

/** The unified diff of files by path, by git, as a reviewer will see it; cut at 64 KiB with a note. */
export async function unifiedDiff(
  git: LocalGit,
  scratch: Scratch,
  before: ReadonlyMap<string, Uint8Array>,
  after: ReadonlyMap<string, Uint8Array>,
): Promise<string> {
  return scratch.use(async (folder) => {
    for (const [side, files] of [
      ['a', before],
      ['b', after],
    ] as const) {
      for (const [path, bytes] of files) {
        await mkdir(dirname(join(folder, side, path)), { recursive: true })
        await writeFile(join(folder, side, path), bytes)
      }
    }
    const args = [
      'diff',
      '--no-index',
      '--no-color',
      '--no-ext-diff',
      '--no-textconv',
      '--no-renames',
      '--no-prefix',
    ]
    // 1: they differ.
    const { stdout } = await git([...args, '--text', 'a', 'b'], { cwd: folder, accept: [0, 1] })
    const text = stdout.toString('utf8')
    if (text.length <= LIMIT) return text
    return `${text.slice(0, text.lastIndexOf('\n', LIMIT))}\n… the diff goes on\n`
  })
}
