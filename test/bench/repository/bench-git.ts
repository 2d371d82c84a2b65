import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const SETTINGS = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', '-c', 'gc.auto=0']

export async function git(folder: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)('git', ['-C', folder, ...SETTINGS, ...args], { maxBuffer: 2 ** 26 })
}

/** Commits all that lies in a tree, and pushes it. */
export async function pushAll(tree: string): Promise<void> {
  await git(tree, 'add', '--all')
  await git(tree, 'commit', '--quiet', '-m', 'change')
  await git(tree, 'push', '--quiet', 'origin', 'main')
}
