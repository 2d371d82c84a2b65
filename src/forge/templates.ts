import { readFile } from 'node:fs/promises'
import type { Templates } from './text/texts.ts'

const FOLDER = new URL('../../templates/', import.meta.url)

/** The templates of this installation, or of a folder with files of the same names. */
export async function readTemplates(folder: URL = FOLDER): Promise<Templates> {
  const read = (name: string) => readFile(new URL(`${name}.md`, folder), 'utf8')
  const [pullRequest, commitMessage, recovered, failed, closed, undone, waiting, answer] = await Promise.all([
    read('pull-request'),
    read('commit-message'),
    read('comment-recovered'),
    read('comment-failed'),
    read('comment-closed'),
    read('comment-undone'),
    read('comment-waiting'),
    read('answer'),
  ])
  return { pullRequest, commitMessage, recovered, failed, closed, undone, waiting, answer }
}
