import { randomUUID } from 'node:crypto'
import { chmod, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'

/** Whole contents of a file; `before` is undefined for one that is new. */
export interface FileChange {
  readonly before: Uint8Array | undefined
  readonly after: Uint8Array
}

const NEW_FILE_MODE = 0o644

/**
 * Puts files into a checkout: all are written beside their places first, then renamed into them, so that none is ever
 * seen half. EditRefused when a file is not what it was, or is no plain file.
 */
export async function writeFiles(folder: string, files: ReadonlyMap<string, FileChange>): Promise<void> {
  const prepared: { readonly from: string; readonly to: string }[] = []
  try {
    for (const [path, { before, after }] of files) {
      const place = join(folder, path)
      const mode = await modeOf(place, path, before)
      const from = join(dirname(place), `.aiops-operator-${randomUUID()}`)
      await mkdir(dirname(place), { recursive: true })
      prepared.push({ from, to: place })
      await writeFile(from, after, { flag: 'wx' })
      await chmod(from, mode)
    }
    for (const { from, to } of prepared) await rename(from, to)
  } finally {
    for (const { from } of prepared) await rm(from, { force: true })
  }
}

async function modeOf(place: string, path: string, before: Uint8Array | undefined): Promise<number> {
  const facts = await lstat(place).catch(() => undefined)
  if (before === undefined) {
    if (facts === undefined) return NEW_FILE_MODE
    throw new OperatorError('EditRefused', 'the file to be made exists already', { object: path })
  }
  if (facts?.isFile() && Buffer.compare(await readFile(place), before) === 0) return facts.mode & 0o777
  throw new OperatorError('EditRefused', 'the file has changed meanwhile', { object: path })
}
