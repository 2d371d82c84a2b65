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
 * seen half. EditRefused when a file is not what it was, or is no plain file, when a link has come into its path, and when
 * the checkout cannot be written.
 */
export async function writeFiles(folder: string, files: ReadonlyMap<string, FileChange>): Promise<void> {
  const prepared: { readonly from: string; readonly to: string }[] = []
  try {
    for (const [path, { before, after }] of files) {
      const place = join(folder, path)
      await refuseLinks(folder, path)
      const mode = await modeOf(place, path, before)
      const from = join(dirname(place), `.aiops-operator-${randomUUID()}`)
      await mkdir(dirname(place), { recursive: true })
      prepared.push({ from, to: place })
      await writeFile(from, after, { flag: 'wx' })
      await chmod(from, mode)
    }
    for (const { from, to } of prepared) await rename(from, to)
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new OperatorError('EditRefused', `the checkout cannot be written (${code})`, {
      object: folder,
      cause,
    })
  } finally {
    for (const { from } of prepared) await rm(from, { force: true })
  }
}

/** The paths of an edit have no links in them: one that is there now came meanwhile, and may lead anywhere. */
async function refuseLinks(folder: string, path: string): Promise<void> {
  const segments = path.split('/').slice(0, -1)
  for (const [i] of segments.entries()) {
    const parent = segments.slice(0, i + 1).join('/')
    const facts = await lstat(join(folder, parent)).catch(() => undefined)
    if (facts === undefined) return
    if (!facts.isDirectory())
      throw new OperatorError('EditRefused', 'it is no longer a folder', { object: parent })
  }
}

async function modeOf(place: string, path: string, before: Uint8Array | undefined): Promise<number> {
  const facts = await lstat(place).catch(() => undefined)
  if (before === undefined) {
    if (facts === undefined) return NEW_FILE_MODE
    throw new OperatorError('EditRefused', 'the file to be made exists already', { object: path })
  }
  // The size first: what the file has become may be too large to read.
  if (facts?.isFile() && facts.size === before.length && Buffer.compare(await readFile(place), before) === 0)
    return facts.mode & 0o777
  throw new OperatorError('EditRefused', 'the file has changed meanwhile', { object: path })
}
